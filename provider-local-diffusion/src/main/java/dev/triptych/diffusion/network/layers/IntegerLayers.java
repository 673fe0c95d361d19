package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.GraphBuilder;
import dev.triptych.diffusion.weights.IntegerWeight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Products and convolutions in 8-bit integers, part of a graph: what weights are multiplied by is made integers at each
 * evaluation, with the range that it has then, and the sums of products become floats again. So nothing has to be known
 * of the ranges before.
 *
 * <p>A long sequence and a picture have one range; of a sequence of up to {@value #TOKENS} tokens each has its own,
 * which costs nothing there, and texts need: their first token is a hundred times as large as others.
 *
 * <p>A convolution is a product of the pixels' surroundings, gathered as integers, as ONNX Runtime's own of integers is
 * three times as slow as that of floats. What was measured on two cores with AVX-512 VNNI, of the time of floats:
 * matrices 0.24 to 0.33, convolutions 0.18 to 0.28, at 8² pixels 0.44.
 */
final class IntegerLayers {

    private static final long TOKENS = 512;

    /** The scale of a token of zeros alone is not 0. */
    private static final float LEAST = 1e-30f;

    /** What stands for 0 where integers are symmetric. */
    private static final int MIDDLE = 128;

    private final GraphBuilder graph;
    private final WeightBinder binder;
    private final Map<String, Integers> made = new HashMap<>();
    private final Map<List<Long>, String> places = new HashMap<>();

    /**
     * A value as integers without a sign: value = (codes − zero) · scale.
     *
     * @param codes of the value's shape
     * @param scale one, or one for each token
     * @param zero what stands for 0
     */
    private record Integers(Value codes, String scale, String zero) {}

    /**
     * The pixels that a convolution looks at.
     *
     * @param kernel height and width of the kernels
     * @param stride pixels between two results
     * @param pads zeros at the top, left, bottom, right
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Window(int kernel, int stride, long... pads) {

        long height(long of) {
            return (of + pads[0] + pads[2] - kernel) / stride + 1;
        }

        long width(long of) {
            return (of + pads[1] + pads[3] - kernel) / stride + 1;
        }
    }

    IntegerLayers(GraphBuilder graph, WeightBinder binder) {
        this.graph = graph;
        this.binder = binder;
    }

    /** x·Wᵀ over the last axis, plus {@code bias} [out]. */
    Value product(Value x, IntegerWeight weight, Optional<Value> bias) {
        long width = Layers.last(x);
        long tokens = Arrays.stream(x.dims()).reduce(1, Math::multiplyExact) / width;
        Integers integers = tokens <= TOKENS ? byToken(x, tokens, width) : together(x);
        long[] dims = x.dims();
        dims[dims.length - 1] = weight.dims().get(0);
        Value product = products(integers, weight, bias);
        return tokens <= TOKENS ? reshaped(product.name(), dims) : new Value(product.name(), dims);
    }

    /** The convolution of {@code x} plus {@code bias} [out]. */
    Value convolution(Value x, IntegerWeight weight, Value bias, Window window) {
        Integers integers = together(x);
        return convolution(integers, integers.codes(), weight, bias, window);
    }

    /** The 3×3 convolution of a picture made larger by nearest neighbour. */
    Value enlargedConvolution(Value x, IntegerWeight weight, Value bias, long height, long width) {
        Integers integers = together(x);
        Value small = integers.codes();
        String codes = graph.node(
                "Resize",
                List.of(small.name(), "", "", graph.constant(1, small.dim(1), height, width)),
                Attribute.of("mode", "nearest"),
                Attribute.of("coordinate_transformation_mode", "asymmetric"),
                Attribute.of("nearest_mode", "floor"));
        Value large = new Value(codes, 1, small.dim(1), height, width);
        return convolution(integers, large, weight, bias, new Window(3, 1, 1, 1, 1, 1));
    }

    /** The weight as 32-bit floats, made anew when {@code x} is there: so they take the memory of one. */
    Value widened(Value x, String key, IntegerWeight weight) {
        if (weight.use() == IntegerWeight.Use.PRODUCT) {
            return binder.floats(
                    key,
                    weight.base().dims().stream().mapToLong(Long::longValue).toArray());
        }
        String axes = graph.node(
                "Slice", List.of(graph.node("Shape", List.of(x.name())), graph.constant(0), graph.constant(1)));
        String start = graph.node("Mul", List.of(axes, graph.constant(0)));
        List<String> pieces = new ArrayList<>();
        for (IntegerWeight.Piece piece : weight.pieces()) {
            long width = piece.codes().elements() / piece.rows();
            String codes = graph.node(
                    "Slice",
                    List.of(
                            stored(piece.codes().name(), piece),
                            start,
                            graph.constant(piece.rows()),
                            graph.constant(0)));
            String scales = binder.stored(piece.scales().name(), piece.scales());
            String rows = graph.node("DequantizeLinear", List.of(codes, scales), Attribute.of("axis", 0));
            pieces.add(graph.node("Reshape", List.of(rows, graph.constant(piece.rows(), width))));
        }
        String all = pieces.size() == 1 ? pieces.get(0) : graph.node("Concat", pieces, Attribute.of("axis", 0));
        return reshaped(all, weight.dims().stream().mapToLong(Long::longValue).toArray());
    }

    private Value convolution(Integers integers, Value codes, IntegerWeight weight, Value bias, Window window) {
        long height = window.height(codes.dim(2));
        long width = window.width(codes.dim(3));
        Value pixels = new Value(
                graph.node(
                        "Transpose",
                        List.of(reshaped(codes.name(), codes.dim(1), codes.dim(2), codes.dim(3))
                                .name()),
                        Attribute.ofList("perm", 1, 2, 0)),
                codes.dim(2),
                codes.dim(3),
                codes.dim(1));
        String surroundings = window.kernel() == 1 && window.stride() == 1
                ? pixels.name()
                : surroundings(pixels, integers.zero(), window, height, width);
        long elements = codes.dim(1) * window.kernel() * window.kernel();
        Integers rows =
                new Integers(reshaped(surroundings, height * width, elements), integers.scale(), integers.zero());
        Value product = products(rows, weight, Optional.of(bias));
        long out = weight.dims().get(0);
        String byChannel = graph.node("Transpose", List.of(product.name()), Attribute.ofList("perm", 1, 0));
        return reshaped(byChannel, 1, out, height, width);
    }

    /** For each result the pixels that its kernel covers, [height · width · kernel², channels]. */
    private String surroundings(Value pixels, String zero, Window window, long height, long width) {
        long[] pads = window.pads();
        String padded = graph.node(
                "Pad", List.of(pixels.name(), graph.constant(pads[0], pads[1], 0, pads[2], pads[3], 0), zero));
        long columns = pixels.dim(1) + pads[1] + pads[3];
        Value rows = reshaped(padded, (pixels.dim(0) + pads[0] + pads[2]) * columns, pixels.dim(2));
        String indices = places.computeIfAbsent(
                List.of(height, width, columns, (long) window.kernel(), (long) window.stride()),
                key -> graph.constant(places(window, height, width, columns)));
        return graph.node("Gather", List.of(rows.name(), indices));
    }

    /** Which pixels those are, counted row by row. */
    private static long[] places(Window window, long height, long width, long columns) {
        int kernel = window.kernel();
        long[] places = new long[Math.toIntExact(height * width * kernel * kernel)];
        int i = 0;
        for (long row = 0; row < height; row++) {
            for (long column = 0; column < width; column++) {
                for (int tap = 0; tap < kernel * kernel; tap++) {
                    places[i++] =
                            (row * window.stride() + tap / kernel) * columns + column * window.stride() + tap % kernel;
                }
            }
        }
        return places;
    }

    /** One range for all of {@code x}. */
    private Integers together(Value x) {
        return made.computeIfAbsent(x.name() + graph.forms(), key -> {
            String codes = graph.fresh("Codes");
            String scale = graph.fresh("Scale");
            String zero = graph.fresh("Zero");
            graph.nodeTo(List.of(codes, scale, zero), "", "DynamicQuantizeLinear", List.of(x.name()));
            return new Integers(x.like(codes), scale, zero);
        });
    }

    /** A range for each token: s = max|x| / 127. */
    private Integers byToken(Value x, long tokens, long width) {
        return made.computeIfAbsent(x.name() + graph.forms(), key -> {
            String rows = reshaped(x.name(), tokens, width).name();
            String most = graph.node(
                    "ReduceMax",
                    List.of(graph.node("Abs", List.of(rows)), graph.constant(1)),
                    Attribute.of("keepdims", 1));
            String part = graph.node("Mul", List.of(most, graph.constant(List.of(1L), 1f / 127)));
            String scale = graph.node("Max", List.of(part, graph.constant(List.of(1L), LEAST)));
            String steps = graph.node("Round", List.of(graph.node("Div", List.of(rows, scale))));
            String shifted = graph.node("Add", List.of(steps, graph.constant(List.of(1L), MIDDLE)));
            String codes = graph.node("Cast", List.of(shifted), Attribute.of("to", 2));
            return new Integers(new Value(codes, tokens, width), scale, graph.constantBytes(List.of(), MIDDLE));
        });
    }

    private Value products(Integers x, IntegerWeight weight, Optional<Value> bias) {
        List<String> products = new ArrayList<>();
        long first = 0;
        for (IntegerWeight.Piece piece : weight.pieces()) {
            List<String> inputs = new ArrayList<>(List.of(
                    x.codes().name(),
                    binder.stored(piece.codes().name(), piece.codes()),
                    x.scale(),
                    binder.stored(piece.scales().name(), piece.scales()),
                    x.zero()));
            if (bias.isPresent()) {
                inputs.add("");
                inputs.add(weight.pieces().size() == 1 ? bias.get().name() : slice(bias.get(), first, piece.rows()));
            }
            products.add(graph.node(GraphBuilder.MICROSOFT, "MatMulIntegerToFloat", inputs));
            first += piece.rows();
        }
        String all = products.size() == 1 ? products.get(0) : graph.node("Concat", products, Attribute.of("axis", -1));
        long[] dims = x.codes().dims();
        dims[dims.length - 1] = weight.dims().get(0);
        return new Value(all, dims);
    }

    private String slice(Value bias, long first, long count) {
        return graph.node(
                "Slice", List.of(bias.name(), graph.constant(first), graph.constant(first + count), graph.constant(0)));
    }

    private String stored(String name, IntegerWeight.Piece piece) {
        return binder.stored(name, piece.codes());
    }

    private Value reshaped(String value, long... dims) {
        return new Value(graph.node("Reshape", List.of(value, graph.constant(dims))), dims);
    }
}
