package dev.triptych.diffusion.weights;

import java.util.List;
import java.util.stream.Stream;

/**
 * The kernels of a convolution in another form: each of them, as a vector of its elements, times a matrix. It is made
 * where and when a network is loaded.
 *
 * @param base the kernels, [out, in, height, width]
 * @param form what is made of each kernel
 */
public record KernelWeight(Weight base, Form form) implements Weight {

    /**
     * What is made of each kernel.
     *
     * @param name what tells it from other forms
     * @param matrix a row for each element that is made, a column for each element of a kernel
     * @param outermost whether each new element is a matrix [out, in] of its own; else the new elements of one kernel
     *     lie side by side
     * @param inner the axes of the new elements
     */
    public record Form(String name, List<List<Float>> matrix, boolean outermost, List<Long> inner) {

        /** Copies the matrix. */
        public Form {
            matrix = matrix.stream().map(List::copyOf).toList();
            inner = List.copyOf(inner);
        }

        /** How many elements it makes of a kernel. */
        public int made() {
            return matrix.size();
        }

        /** How many elements a kernel has. */
        public int taken() {
            return matrix.get(0).size();
        }
    }

    /** Checks that the matrix fits the kernels. */
    public KernelWeight {
        if (base.elements() != kernels(base) * form.taken()) {
            throw new IllegalArgumentException("kernels of " + form.taken() + " elements were expected but "
                    + base.name() + " has " + base.dims());
        }
    }

    /** How many kernels there are: out · in. */
    public long kernels() {
        return kernels(base);
    }

    private static long kernels(Weight base) {
        return base.dims().get(0) * base.dims().get(1);
    }

    @Override
    public String name() {
        return base.name();
    }

    /** [elements…, out, in], or [out, in, elements…]. */
    @Override
    public List<Long> dims() {
        List<Long> outer = base.dims().subList(0, 2);
        return (form.outermost() ? Stream.of(form.inner(), outer) : Stream.of(outer, form.inner()))
                .flatMap(List::stream)
                .toList();
    }

    @Override
    public String source() {
        return base.source();
    }

    @Override
    public String identity() {
        return base.identity() + "~" + form.name();
    }

    @Override
    public String storedType() {
        return base.storedType();
    }

    @Override
    public long storedBytes() {
        return base.storedBytes();
    }

    @Override
    public float[] values() {
        float[] from = base.values();
        int kernels = Math.toIntExact(kernels());
        float[] to = new float[Math.multiplyExact(kernels, form.made())];
        for (int kernel = 0; kernel < kernels; kernel++) {
            for (int element = 0; element < form.made(); element++) {
                List<Float> row = form.matrix().get(element);
                float sum = 0;
                for (int i = 0; i < form.taken(); i++) {
                    sum += row.get(i) * from[kernel * form.taken() + i];
                }
                to[form.outermost() ? element * kernels + kernel : kernel * form.made() + element] = sum;
            }
        }
        return to;
    }
}
