package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.ExternalData;
import dev.triptych.diffusion.onnx.GraphBuilder;
import dev.triptych.diffusion.weights.BlockFormat;
import dev.triptych.diffusion.weights.QuantisedWeight;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Weights in a graph that a GGUF file holds in quantised blocks. A matrix becomes the operand of MatMulNBits, ONNX
 * Runtime's product with matrices of 4 or 8 bits and a scale each 32 elements: activations stay 32-bit floats, and the
 * matrix takes about what it takes in the file. The graph rearranges the blocks where they lie in the file; ONNX
 * Runtime computes that once, tensor by tensor, when it loads the model (constant folding).
 *
 * <p>MatMulNBits wants, for each row, blocks of numbers without a sign, two to a byte in their order if they have 4
 * bits, and the scales apart; an element is (number − 8) · scale with 4 bits and (number − 128) · scale with 8.
 */
final class QuantisedBlocks {

    private static final long BLOCK = 32;

    private final GraphBuilder graph;
    private final Map<String, Operand> operands = new HashMap<>();

    /** A matrix as MatMulNBits wants it. */
    private record Operand(String numbers, String scales) {}

    QuantisedBlocks(GraphBuilder graph) {
        this.graph = graph;
    }

    /** A weight, the name of its initializers, and where it lies. */
    record Bound(String name, QuantisedWeight weight, ExternalData place) {

        /** How many blocks a row has. */
        long blocks() {
            return weight.rowElements() / weight.blocks().elements();
        }

        long rows() {
            return weight.dims().get(0);
        }
    }

    /** Whether a matrix can be the operand of a block product. */
    static boolean canMultiply(QuantisedWeight weight) {
        boolean isExact = weight.blocks() == BlockFormat.Q8_0 || weight.blocks() == BlockFormat.Q4_0;
        return isExact && weight.hasWholeRows();
    }

    /** Whether rows of a table can be looked up in blocks. */
    static boolean canLookUp(QuantisedWeight weight) {
        return weight.blocks() == BlockFormat.Q8_0 && weight.hasWholeRows();
    }

    /** x·Wᵀ over the last axis. */
    Value product(Value x, Bound bound) {
        boolean isEight = bound.weight().blocks() == BlockFormat.Q8_0;
        Operand operand = operands.computeIfAbsent(
                bound.name(), name -> new Operand(isEight ? eightBits(bound) : fourBits(bound), scales(bound)));
        String y = graph.node(
                GraphBuilder.MICROSOFT,
                "MatMulNBits",
                List.of(x.name(), operand.numbers(), operand.scales()),
                Attribute.of("K", bound.weight().rowElements()),
                Attribute.of("N", bound.rows()),
                Attribute.of("bits", isEight ? 8 : 4),
                Attribute.of("block_size", BLOCK),
                Attribute.of("accuracy_level", 1));
        long[] dims = x.dims();
        dims[dims.length - 1] = bound.rows();
        return new Value(y, dims);
    }

    /** The rows of a table at {@code ids} [1, n] as floats [1, n, width]: the table stays in the file. */
    Value lookup(Bound bound, Value ids) {
        String bytes = initializer(
                bound, ".signed", ElementType.INT8, bound.weight().blocks().bytes());
        String rows = graph.node("Gather", List.of(bytes, ids.name()));
        String numbers =
                graph.node("Cast", List.of(slice(rows, 2, 34, 1)), Attribute.of("to", ElementType.FLOAT.number()));
        String halves = initializer(
                bound, ".halves", ElementType.FLOAT16, bound.weight().blocks().bytes() / 2);
        String scales = graph.node("Gather", List.of(slice(halves, 0, 1, 1), ids.name()));
        String wide = graph.node("Cast", List.of(scales), Attribute.of("to", ElementType.FLOAT.number()));
        String elements = graph.node("Mul", List.of(wide, numbers));
        long width = bound.weight().rowElements();
        String y = graph.node("Reshape", List.of(elements, graph.constant(1, ids.dim(1), width)));
        return new Value(y, 1, ids.dim(1), width);
    }

    /** The scales [rows · blocks]: the first half-precision number of each block. */
    private String scales(Bound bound) {
        String halves = initializer(
                bound, ".halves", ElementType.FLOAT16, bound.weight().blocks().bytes() / 2);
        String scales =
                graph.node("Cast", List.of(slice(halves, 0, 1, 1)), Attribute.of("to", ElementType.FLOAT.number()));
        return graph.node("Reshape", List.of(scales, graph.constant(bound.rows() * bound.blocks())));
    }

    /** Q8_0: 32 numbers with a sign behind the scale; flipping the sign's bit adds 128. */
    private String eightBits(Bound bound) {
        String bytes = initializer(
                bound, ".blocks", ElementType.UINT8, bound.weight().blocks().bytes());
        return graph.node("BitwiseXor", List.of(slice(bytes, 2, 34, 1), graph.constantByte(0x80)));
    }

    /** Q4_0: 16 bytes with the elements i and i + 16 each; wanted are 2i and 2i + 1. */
    private String fourBits(Bound bound) {
        String bytes = initializer(
                bound, ".blocks", ElementType.UINT8, bound.weight().blocks().bytes());
        String stored = slice(bytes, 2, 18, 1);
        String first = graph.node("BitwiseAnd", List.of(stored, graph.constantByte(0x0f)));
        String second = shift(stored, "RIGHT");
        return graph.node("Concat", List.of(paired(first), paired(second)), Attribute.of("axis", -1));
    }

    /** Sixteen numbers of 4 bits as eight bytes: each odd one above the even one before it. */
    private String paired(String numbers) {
        String even = slice(numbers, 0, 16, 2);
        String odd = slice(numbers, 1, 16, 2);
        return graph.node("BitwiseOr", List.of(even, shift(odd, "LEFT")));
    }

    private String shift(String numbers, String direction) {
        return graph.node("BitShift", List.of(numbers, graph.constantByte(4)), Attribute.of("direction", direction));
    }

    /** Elements along the last axis. */
    private String slice(String value, long from, long to, long step) {
        return graph.node(
                "Slice",
                List.of(value, graph.constant(from), graph.constant(to), graph.constant(-1), graph.constant(step)));
    }

    private String initializer(Bound bound, String ending, ElementType type, long width) {
        return graph.initializer(
                bound.name() + ending, type, List.of(bound.rows(), bound.blocks(), width), bound.place());
    }
}
