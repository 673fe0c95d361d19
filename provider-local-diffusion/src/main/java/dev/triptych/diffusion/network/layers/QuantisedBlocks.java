package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.GraphBuilder;
import dev.triptych.diffusion.weights.BlockFormat;
import java.util.ArrayList;
import java.util.List;

/**
 * Widens quantised blocks in a graph: the arithmetic of {@link BlockFormat}, in ONNX's operators, to the last bit. So
 * the blocks stay where they lie in a file, and what is computed from them lives no longer than the product that takes
 * it.
 *
 * <p>A block's numbers become one tensor of codes [blocks, elements], its scales another one [blocks, parts] with a
 * scale for each part of the block, and DequantizeLinear makes (code − zero) · scale of them.
 */
final class QuantisedBlocks {

    private static final int BYTE = 8;

    private final GraphBuilder graph;
    private final BlockFormat format;
    private final Views views;
    private final long count;
    private final String zero;

    /**
     * The same blocks in three types.
     *
     * @param unsigned [blocks, bytes], unsigned 8-bit integers
     * @param signed [blocks, bytes], 8-bit integers
     * @param halves [blocks, bytes / 2], half precision
     */
    record Views(String unsigned, String signed, String halves) {}

    private QuantisedBlocks(GraphBuilder graph, BlockFormat format, Views views, long count, String zero) {
        this.graph = graph;
        this.format = format;
        this.views = views;
        this.count = count;
        this.zero = zero;
    }

    /**
     * The elements of blocks as 32-bit floats, [blocks, elements of a block].
     *
     * @param count how many blocks there are
     * @param zero a value [1] that is 0: nothing of this is computed before it is
     */
    static String widen(GraphBuilder graph, BlockFormat format, Views views, long count, String zero) {
        return new QuantisedBlocks(graph, format, views, count, zero).widen();
    }

    private String widen() {
        return switch (format) {
            case Q8_0 -> scaled(slice(views.signed(), 2, 34), half(0), 0);
            case Q4_0 -> scaled(nibbles(2), half(0), 8);
            case Q4_1 -> sum("Add", scaled(nibbles(4), half(0), 0), half(2));
            case Q5_0 -> scaled(or(nibbles(6), bits(2), 4), half(0), 16);
            case Q5_1 -> sum("Add", scaled(or(nibbles(8), bits(4), 4), half(0), 0), half(2));
            case Q2_K -> {
                String parts = bytes(0, 16);
                String scales = product(half(80), asFloat(and(parts, 15)));
                String offsets = product(half(82), asFloat(right(parts, bytesOf(4))));
                yield sum("Sub", scaled(crumbs(16), scales, 0), offsets);
            }
            case Q3_K -> scaled(or(crumbs(32), columns(0), 2), product(half(108), scalesOf3()), 4);
            case Q4_K -> sum("Sub", scaled(halfBytes(16), scalesOf4(), 0), offsetsOf4());
            case Q5_K -> sum("Sub", scaled(or(halfBytes(48), columns(16), 4), scalesOf4(), 0), offsetsOf4());
            case Q6_K -> {
                String low = and(right(reshape(bytes(0, 128), 2, 1, 64), shifts(2, 4)), 15);
                String high = and(right(reshape(bytes(128, 192), 2, 1, 32), shifts(4, 2)), 3);
                String scales = product(half(208), asFloat(slice(views.signed(), 192, 208)));
                yield scaled(or(reshape(low, 256), reshape(high, 256), 4), scales, 32);
            }
            case IQ4_NL -> uneven(nibbles(2), half(0));
            case IQ4_XS -> {
                String codes = and(right(reshape(bytes(8, 136), 8, 1, 16), shifts(2, 4)), 15);
                yield uneven(reshape(codes, 256), product(half(0), scalesOfUneven()));
            }
        };
    }

    /** (codes − zeroPoint) · scales, each scale for an equal part of the block. */
    private String scaled(String codes, String scales, int zeroPoint) {
        List<String> inputs = new ArrayList<>(List.of(codes, scales));
        if (zeroPoint != 0) {
            inputs.add(graph.node("Expand", List.of(bytesOf(zeroPoint), graph.constant(count, parts()))));
        }
        return graph.node(
                "DequantizeLinear",
                inputs,
                Attribute.of("axis", 1),
                Attribute.of("block_size", format.elements() / parts()));
    }

    /** How many parts with a scale of their own a block has. */
    private int parts() {
        return switch (format) {
            case Q2_K, Q3_K, Q6_K -> 16;
            case Q4_K, Q5_K, IQ4_XS -> 8;
            default -> 1;
        };
    }

    /** Values and offsets, one for each part. */
    private String sum(String operator, String values, String offsets) {
        int length = format.elements() / parts();
        String sum = graph.node(operator, List.of(reshape(values, parts(), length), reshape(offsets, parts(), 1)));
        return reshape(sum, format.elements());
    }

    /** The numbers that codes of four bits stand for, times the scales. */
    private String uneven(String codes, String scales) {
        String table = graph.constant(List.of(16L), BlockFormat.unevenNumbers());
        String index = graph.node("Cast", List.of(codes), Attribute.of("to", ElementType.INT32.number()));
        String numbers = graph.node("Gather", List.of(table, index));
        int length = format.elements() / parts();
        String product = product(reshape(numbers, parts(), length), reshape(scales, parts(), 1));
        return reshape(product, format.elements());
    }

    /** 32 codes in 16 bytes, the first sixteen in the low halves. */
    private String nibbles(int from) {
        return reshape(and(right(reshape(bytes(from, from + 16), 1, 16), shifts(2, 4)), 15), 32);
    }

    /** 256 codes in 128 bytes: of each 32 bytes the low halves first. */
    private String halfBytes(int from) {
        return reshape(and(right(reshape(bytes(from, from + 128), 4, 1, 32), shifts(2, 4)), 15), 256);
    }

    /** 256 codes of two bits in 64 bytes: of each 32 bytes the lowest bits first. */
    private String crumbs(int from) {
        return reshape(and(right(reshape(bytes(from, from + 64), 2, 1, 32), shifts(4, 2)), 3), 256);
    }

    /** 256 bits in 32 bytes: the lowest bits of all first. */
    private String columns(int from) {
        return reshape(and(right(reshape(bytes(from, from + 32), 1, 32), shifts(BYTE, 1)), 1), 256);
    }

    /** 32 bits in four bytes, in their order. */
    private String bits(int from) {
        String shifts = graph.constantBytes(List.of((long) BYTE), 0, 1, 2, 3, 4, 5, 6, 7);
        return reshape(and(right(reshape(bytes(from, from + 4), 4, 1), shifts), 1), 32);
    }

    /** Q3_K's scales, 6 bits less 32: the low four in eight bytes, the high two in four. */
    private String scalesOf3() {
        String low = reshape(and(right(reshape(bytes(96, 104), 1, 8), shifts(2, 4)), 15), 16);
        String high = reshape(and(right(reshape(bytes(104, 108), 1, 4), shifts(4, 2)), 3), 16);
        return less32(or(low, high, 4));
    }

    /** IQ4_XS's scales, 6 bits less 32: the low four in four bytes, the high two in two. */
    private String scalesOfUneven() {
        String byFour = graph.constantBytes(List.of(2L), 0, 4);
        String low = reshape(and(right(reshape(bytes(4, 8), 4, 1), byFour), 15), 8);
        String byTwo = graph.constantBytes(List.of(4L), 0, 2, 4, 6);
        String high = reshape(and(right(reshape(bytes(2, 4), 2, 1), byTwo), 3), 8);
        return less32(or(low, high, 4));
    }

    private String less32(String numbers) {
        return graph.node("Sub", List.of(asFloat(numbers), graph.constant(List.of(1L), 32)));
    }

    /** The scales of Q4_K and Q5_K: 6 bits, those of the second four parts torn in two. */
    private String scalesOf4() {
        String last = or(and(bytes(12, 16), 15), right(bytes(4, 8), bytesOf(6)), 4);
        return product(half(0), asFloat(joined(and(bytes(4, 8), 63), last)));
    }

    /** Their offsets. */
    private String offsetsOf4() {
        String last = or(right(bytes(12, 16), bytesOf(4)), right(bytes(8, 12), bytesOf(6)), 4);
        return product(half(2), asFloat(joined(and(bytes(8, 12), 63), last)));
    }

    private String joined(String first, String second) {
        return graph.node("Concat", List.of(first, second), Attribute.of("axis", 1));
    }

    private String product(String a, String b) {
        return graph.node("Mul", List.of(a, b));
    }

    private String asFloat(String value) {
        return graph.node("Cast", List.of(value), Attribute.of("to", ElementType.FLOAT.number()));
    }

    private String and(String codes, int mask) {
        return graph.node("BitwiseAnd", List.of(codes, bytesOf(mask)));
    }

    /** Low bits, and above them high ones. */
    private String or(String low, String high, int shift) {
        String above = graph.node("BitShift", List.of(high, bytesOf(shift)), Attribute.of("direction", "LEFT"));
        return graph.node("BitwiseOr", List.of(low, above));
    }

    private String right(String codes, String shifts) {
        return graph.node("BitShift", List.of(codes, shifts), Attribute.of("direction", "RIGHT"));
    }

    /** Shifts [count, 1]: 0, step, 2 · step … */
    private String shifts(int size, int step) {
        int[] shifts = new int[size];
        for (int i = 0; i < size; i++) {
            shifts[i] = i * step;
        }
        return graph.constantBytes(List.of((long) size, 1L), shifts);
    }

    private String bytesOf(int value) {
        return graph.constantBytes(List.of(), value);
    }

    /** A half-precision number of each block, [blocks, 1]. */
    private String half(int at) {
        return asFloat(slice(views.halves(), at / 2, at / 2 + 1));
    }

    private String bytes(int from, int to) {
        return slice(views.unsigned(), from, to);
    }

    private String slice(String view, long from, long to) {
        String start = from == 0 ? zero : graph.node("Add", List.of(zero, graph.constant(from)));
        return graph.node("Slice", List.of(view, start, graph.constant(to), graph.constant(1L)));
    }

    /** The same under the shape [blocks, dims…]. */
    private String reshape(String value, long... dims) {
        long[] shape = new long[dims.length + 1];
        shape[0] = count;
        System.arraycopy(dims, 0, shape, 1, dims.length);
        return graph.node("Reshape", List.of(value, graph.constant(shape)));
    }
}
