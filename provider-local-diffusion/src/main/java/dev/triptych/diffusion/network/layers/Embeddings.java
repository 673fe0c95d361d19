package dev.triptych.diffusion.network.layers;

/** Numbers as vectors. Stateless. */
public final class Embeddings {

    private Embeddings() {}

    /**
     * Sines and cosines of numbers, Ho et al. 2020, appendix B:
     *
     * <pre>
     * frequency k = exp(−ln(10000) · k / (half − shift)),  k = 0 … half − 1
     * </pre>
     *
     * @param numbers [pictures, n], not rounded
     * @param width length of each vector, even
     * @param cosineFirst whether the cosines come before the sines
     * @param shift what is taken from the number of frequencies in the exponent's divisor
     * @return [pictures, n · width]
     */
    public static Value sinusoid(Layers layers, Value numbers, int width, boolean cosineFirst, int shift) {
        int half = width / 2;
        float[] frequencies = new float[half];
        for (int k = 0; k < half; k++) {
            float exponent = (float) -Math.log(10000) * k / (half - shift);
            frequencies[k] = (float) Math.exp(exponent);
        }
        long pictures = numbers.dim(0);
        long count = numbers.dim(1);
        Value column = layers.reshape(numbers, pictures, count, 1);
        Value row = layers.reshape(layers.exactConstant(frequencies), 1, 1, half);
        Value angles = layers.reshape(layers.multiply(column, row), pictures, count, half);
        return layers.reshape(sinesAndCosines(layers, angles, cosineFirst), pictures, count * width);
    }

    /** Two matrices with SiLU between, {@code linear_1} and {@code linear_2}: [1, n] becomes [1, width]. */
    public static Value twoMatrices(Layers layers, Value x, String prefix, long width) {
        Value hidden = layers.silu(layers.linear(x, prefix + ".linear_1", width));
        return layers.linear(hidden, prefix + ".linear_2", width);
    }

    /** The sines and the cosines of angles [..., half], not rounded, side by side: [..., 2 · half]. */
    public static Value sinesAndCosines(Layers layers, Value angles, boolean cosineFirst) {
        Value sines = layers.unary("Sin", angles);
        Value cosines = layers.unary("Cos", angles);
        return layers.rounded(cosineFirst ? layers.concatLast(cosines, sines) : layers.concatLast(sines, cosines));
    }
}
