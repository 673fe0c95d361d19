package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.GraphBuilder;
import dev.triptych.diffusion.weights.IntegerWeight;
import dev.triptych.diffusion.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The layers all our networks are made of, each in the form that ONNX Runtime's CPU kernels run fastest. A layer takes
 * its weights by the prefix diffusers and transformers name them with.
 *
 * <p>Pictures are [1, channels, height, width], sequences [1, tokens, channels], 32-bit floats. What was measured:
 *
 * <ul>
 *   <li>Linear: FusedMatMul with transB keeps torch's [out, in] weights in place; a Transpose would copy them.
 *   <li>Group normalisation: InstanceNormalization over [1, groups, rest], then scale and shift.
 *   <li>Layer normalisation: SkipLayerNormalization, 4.7 times as fast as LayerNormalization, with the residual sum.
 *   <li>SiLU: QuickGelu with alpha 1.
 * </ul>
 */
public class Layers {

    /**
     * Up to so many values, layer normalisation takes the mean away first. ONNX Runtime computes a variance as the mean
     * of squares less the square of the mean, which loses digits where the mean is far above the spread; three passes
     * more cost nothing here.
     */
    private static final long SMALL = 1 << 14;

    private final GraphBuilder graph;
    private final WeightBinder binder;
    private final Map<String, String> made = new HashMap<>();

    /** A graph {@code name} over {@code weights}. */
    public Layers(String name, Weights weights) {
        this(new GraphBuilder(name), weights);
    }

    Layers(GraphBuilder graph, Weights weights) {
        this.graph = graph;
        this.binder = new WeightBinder(graph, weights);
    }

    /** Binds weights that no layer asks for. */
    public WeightBinder weights() {
        return binder;
    }

    /**
     * How many pictures there are at once, as inputs and values have it on their first axis: 1, or 0 where a graph
     * takes as many as come in.
     */
    public long pictures() {
        return 1;
    }

    /** Declares an input; floats come in the type that is computed in. */
    public Value input(String name, ElementType type, long... dims) {
        return exactInput(name, type, dims);
    }

    /** Declares an input that is not rounded: numbers of which sines are taken. */
    public final Value exactInput(String name, ElementType type, long... dims) {
        return new Value(graph.input(name, type, dims), dims);
    }

    /** What was computed in 32-bit floats, in the type that is computed in. */
    public Value rounded(Value exact) {
        return exact;
    }

    /** Makes {@code value} the output {@code name}. */
    public void output(String name, Value value) {
        graph.nodeTo(name, "", "Identity", List.of(value.name()));
        graph.output(name, ElementType.FLOAT, value.dims());
    }

    /** The finished graph. */
    public ModelGraph finish() {
        ModelGraph cpu = finish(GraphBuilder.Form.CPU);
        return finish(GraphBuilder.Form.ANY_DEVICE).withCpuForm(cpu);
    }

    final ModelGraph finish(GraphBuilder.Form form) {
        return new ModelGraph(graph.toModel(form), binder.root(), binder.bound(form)).withLargest(binder.largest());
    }

    /** x·Wᵀ + b over the last axis; W is [out, in]. */
    public Value linear(Value x, String prefix, long out) {
        return integerLinear(x, prefix, 0, out, out).orElseGet(() -> add(matrix(x, prefix, out), bias(prefix, out)));
    }

    /** x·Wᵀ over the last axis. */
    public Value matrix(Value x, String prefix, long out) {
        return binder.product(x, prefix + ".weight", out);
    }

    /** x·Wᵀ with the rows {@code first} to {@code first + count} of a W of {@code rows} rows. */
    public Value matrixRows(Value x, String prefix, long rows, long first, long count) {
        return binder.product(x, prefix + ".weight", first, count, rows);
    }

    /** x·Wᵀ + b with the rows {@code first} to {@code first + count} of a W of {@code rows} rows. */
    public Value linearRows(Value x, String prefix, long rows, long first, long count) {
        return integerLinear(x, prefix, first, count, rows)
                .orElseGet(() -> add(
                        matrixRows(x, prefix, rows, first, count), binder.rows(prefix + ".bias", first, count, rows)));
    }

    private Optional<Value> integerLinear(Value x, String prefix, long first, long count, long rows) {
        return binder.integerLinear(x, prefix + ".weight", prefix + ".bias", first, count, rows);
    }

    /** The bias [out] of a layer. */
    public Value bias(String prefix, long out) {
        return binder.floats(prefix + ".bias", out);
    }

    /**
     * A convolution; {@code pads} are top, left, bottom, right. A CPU computes it by {@link Winograd} where that is
     * faster.
     */
    public Value convolution(Value x, String prefix, long out, int kernel, int stride, long... pads) {
        Optional<IntegerWeight> integers = binder.integerKernels(prefix + ".weight");
        if (integers.isPresent()) {
            Value bias = bias(prefix, out);
            return binder.integers()
                    .convolution(x, integers.get(), bias, new IntegerLayers.Window(kernel, stride, pads));
        }
        boolean keepsSize = kernel == 3 && stride == 1 && Arrays.stream(pads).allMatch(pad -> pad == 1);
        Optional<Winograd> fast =
                keepsSize && binder.isWhole(prefix + ".weight") ? Winograd.of(x, out) : Optional.empty();
        if (fast.isEmpty()) {
            return directConvolution(x, prefix, out, kernel, stride, pads);
        }
        Value bias = bias(prefix, out); // of both forms
        return either(
                () -> directConvolution(x, prefix, out, kernel, stride, pads),
                () -> add(fast.get().convolution(this, x, prefix + ".weight", out), reshape(bias, out, 1, 1)));
    }

    /** A picture made larger by nearest neighbour, and a 3×3 convolution of it that keeps its size. */
    public Value enlargedConvolution(Value x, String prefix, long out, long height, long width) {
        Optional<IntegerWeight> integers = binder.integerKernels(prefix + ".weight");
        if (integers.isPresent()) {
            return binder.integers().enlargedConvolution(x, integers.get(), bias(prefix, out), height, width);
        }
        boolean doubles = height == 2 * x.dim(2) && width == 2 * x.dim(3);
        if (!doubles || !binder.isWhole(prefix + ".weight")) {
            return convolution(resize(x, height, width), prefix, out, 3);
        }
        Value bias = bias(prefix, out); // of both forms
        return either(
                () -> directConvolution(resize(x, height, width), prefix, out, 3, 1, 1, 1, 1, 1),
                () -> Enlarged.convolution(this, x, prefix + ".weight", bias));
    }

    /** The same value computed in two ways: one for any device, the other for a CPU. */
    private Value either(Supplier<Value> any, Supplier<Value> cpu) {
        String name = graph.fresh("Either");
        Value value = graph.only(GraphBuilder.Form.ANY_DEVICE, any);
        graph.only(GraphBuilder.Form.ANY_DEVICE, () -> graph.nodeTo(name, "", "Identity", List.of(value.name())));
        graph.only(
                GraphBuilder.Form.CPU,
                () -> graph.nodeTo(name, "", "Identity", List.of(cpu.get().name())));
        return value.like(name);
    }

    /**
     * Pixels of one in {@code size}² channels as squares of {@code size} pixels; the channels of a square's top left
     * come first.
     */
    Value depthToSpace(Value x, int size) {
        String y = graph.node(
                "DepthToSpace", List.of(x.name()), Attribute.of("blocksize", size), Attribute.of("mode", "DCR"));
        return new Value(y, x.dim(0), x.dim(1) / ((long) size * size), x.dim(2) * size, x.dim(3) * size);
    }

    /** A value that is made at most once in a graph's form for a CPU. */
    String once(String key, Supplier<String> value) {
        return made.computeIfAbsent(key, missing -> value.get());
    }

    private Value directConvolution(Value x, String prefix, long out, int kernel, int stride, long... pads) {
        Value weight = binder.floatsFor(x, prefix + ".weight", out, x.dim(1), kernel, kernel);
        String y = graph.node(
                "Conv",
                List.of(x.name(), weight.name(), bias(prefix, out).name()),
                Attribute.ofList("kernel_shape", kernel, kernel),
                Attribute.ofList("strides", stride, stride),
                Attribute.ofList("pads", pads));
        long height = (x.dim(2) + pads[0] + pads[2] - kernel) / stride + 1;
        long width = (x.dim(3) + pads[1] + pads[3] - kernel) / stride + 1;
        return binder.noted(new Value(y, x.dim(0), out, height, width));
    }

    /** A convolution without padding and bias. */
    public Value convolutionWithoutBias(Value x, String prefix, long out, int kernel, int stride) {
        return convolutionWithoutBias(x, prefix, out, kernel, stride, 0);
    }

    /** A convolution without bias, with {@code pad} zeros on each side. */
    public Value convolutionWithoutBias(Value x, String prefix, long out, int kernel, int stride, long pad) {
        Value weight = binder.floatsFor(x, prefix + ".weight", out, x.dim(1), kernel, kernel);
        String y = graph.node(
                "Conv",
                List.of(x.name(), weight.name()),
                Attribute.ofList("kernel_shape", kernel, kernel),
                Attribute.ofList("strides", stride, stride),
                Attribute.ofList("pads", pad, pad, pad, pad));
        return new Value(
                y,
                x.dim(0),
                out,
                (x.dim(2) + 2 * pad - kernel) / stride + 1,
                (x.dim(3) + 2 * pad - kernel) / stride + 1);
    }

    /** A convolution that keeps height and width. */
    public Value convolution(Value x, String prefix, long out, int kernel) {
        long pad = (kernel - 1L) / 2;
        return convolution(x, prefix, out, kernel, 1, pad, pad, pad, pad);
    }

    /**
     * Group normalisation of a picture, Wu and He 2018, equation 7: each group of channels to mean 0 and variance 1.
     */
    public Value groupNorm(Value x, String prefix, int groups, float epsilon) {
        long channels = x.dim(1);
        Value grouped = reshape(x, x.dim(0), groups, -1);
        String normal = graph.node(
                "InstanceNormalization",
                List.of(
                        grouped.name(),
                        constant(groups, 1).name(),
                        constant(groups, 0).name()),
                Attribute.of("epsilon", epsilon));
        Value restored = x.like(graph.node("Reshape", List.of(normal, graph.constant(x.dims()))));
        Value scaled = multiply(restored, binder.perChannel(prefix + ".weight", channels));
        return add(scaled, binder.perChannel(prefix + ".bias", channels));
    }

    /** A sum and its layer normalisation. */
    public record Normalised(Value value, Value sum) {}

    /** Layer normalisation of {@code x + residual} over the last axis, together with that sum. */
    public Normalised layerNorm(Value x, Value residual, String prefix, float epsilon) {
        Value scale = binder.floats(prefix + ".weight", last(x));
        return layerNorm(x, residual, scale, bias(prefix, last(x)), epsilon);
    }

    /**
     * Layer normalisation of {@code x + residual} over the last axis with scale and shift that a graph computes,
     * together with that sum.
     *
     * @param scale [channels], what normalised values are multiplied by
     * @param shift [channels], what is added then
     */
    public Normalised layerNorm(Value x, Value residual, Value scale, Value shift, float epsilon) {
        if (Arrays.stream(x.dims()).filter(dim -> dim > 0).reduce(1, Math::multiplyExact) > SMALL) {
            return skipLayerNorm(x, residual, scale, shift, epsilon);
        }
        Value sum = add(x, residual);
        Value centred = x.like(graph.node("Sub", List.of(sum.name(), mean(sum))));
        return new Normalised(
                skipLayerNorm(centred, zerosLike(x), scale, shift, epsilon).value(), sum);
    }

    private Normalised skipLayerNorm(Value x, Value residual, Value scale, Value shift, float epsilon) {
        String value = graph.fresh("LayerNorm");
        String sum = graph.fresh("LayerNormSum");
        graph.nodeTo(
                List.of(value, "", "", sum),
                GraphBuilder.MICROSOFT,
                "SkipLayerNormalization",
                List.of(x.name(), residual.name(), scale.name(), shift.name()),
                Attribute.of("epsilon", epsilon));
        return new Normalised(x.like(value), x.like(sum));
    }

    private String mean(Value x) {
        return graph.node(
                "ReduceMean", List.of(x.name(), graph.constant(x.dims().length - 1)), Attribute.of("keepdims", 1));
    }

    /** Zeros of the shape of {@code x}. */
    public Value zerosLike(Value x) {
        return zeros(x.dims());
    }

    /** Zeros. */
    public Value zeros(long... dims) {
        return new Value(graph.node("ConstantOfShape", List.of(graph.constant(dims))), dims);
    }

    /** An activation function by the name configs give it. */
    public Value activation(Value x, String name) {
        return switch (name) {
            case "silu" -> silu(x);
            case "quick_gelu" -> quickGelu(x, 1.702f);
            case "gelu" -> x.like(graph.node("Gelu", List.of(x.name())));
            case "gelu_new", "gelu_pytorch_tanh" ->
                x.like(graph.node("Gelu", List.of(x.name()), Attribute.of("approximate", "tanh")));
            case "relu" -> x.like(graph.node("Relu", List.of(x.name())));
            case "mish" -> x.like(graph.node("Mish", List.of(x.name())));
            default -> throw new IllegalArgumentException("activation must be one we know but was " + name);
        };
    }

    /** x · sigmoid(x). */
    public Value silu(Value x) {
        return quickGelu(x, 1);
    }

    /**
     * GEGLU, Shazeer 2020: (x·V) ⊙ gelu(x·W), where V and W are the two halves of one stored matrix.
     *
     * @param inner the width of a half
     */
    Value geglu(Value x, String prefix, long inner) {
        Value value = linearRows(x, prefix, 2 * inner, 0, inner);
        Value gate = linearRows(x, prefix, 2 * inner, inner, inner);
        return multiply(value, activation(gate, "gelu"));
    }

    /** Multi-head attention; see {@link Attention#multiHead}. */
    Value attention(Value q, Value k, Value v, long heads, boolean causal) {
        boolean isLong = !causal && q.dim(1) >= 1024 && k.dim(1) >= 1024 && last(q) / heads <= 80;
        if (isLong || q.dim(1) * k.dim(1) > 4096L * 4096L) {
            return multiHeadAttention(q, k, v, heads);
        }
        return q.like(graph.node(
                "Attention",
                List.of(q.name(), k.name(), v.name()),
                Attribute.of("q_num_heads", heads),
                Attribute.of("kv_num_heads", heads),
                Attribute.of("is_causal", causal ? 1 : 0)));
    }

    final Value multiHeadAttention(Value q, Value k, Value v, long heads) {
        return q.like(graph.node(
                GraphBuilder.MICROSOFT,
                "MultiHeadAttention",
                List.of(q.name(), k.name(), v.name()),
                Attribute.of("num_heads", heads)));
    }

    /** A picture as a sequence of its pixels, [1, height·width, channels], row by row. */
    public Value toSequence(Value x) {
        Value flat = reshape(x, x.dim(0), x.dim(1), x.dim(2) * x.dim(3));
        String sequence = graph.node("Transpose", List.of(flat.name()), Attribute.ofList("perm", 0, 2, 1));
        return new Value(sequence, x.dim(0), x.dim(2) * x.dim(3), x.dim(1));
    }

    /** A sequence as a picture of the height and width of {@code like}. */
    public Value toPicture(Value sequence, Value like) {
        String flat = graph.node("Transpose", List.of(sequence.name()), Attribute.ofList("perm", 0, 2, 1));
        return reshape(
                new Value(flat, sequence.dim(0), last(sequence), sequence.dim(1)),
                sequence.dim(0),
                last(sequence),
                like.dim(2),
                like.dim(3));
    }

    /** A picture of half the height and width: the mean of each square of four pixels. */
    public Value halved(Value x) {
        String y = graph.node(
                "AveragePool",
                List.of(x.name()),
                Attribute.ofList("kernel_shape", 2, 2),
                Attribute.ofList("strides", 2, 2));
        return new Value(y, x.dim(0), x.dim(1), x.dim(2) / 2, x.dim(3) / 2);
    }

    /** Nearest-neighbour enlargement to a height and width. */
    public Value resize(Value x, long height, long width) {
        String y = graph.node(
                "Resize",
                List.of(x.name(), "", "", graph.constant(1, x.dim(1), height, width)),
                Attribute.of("mode", "nearest"),
                Attribute.of("coordinate_transformation_mode", "asymmetric"),
                Attribute.of("nearest_mode", "floor"));
        return binder.noted(new Value(y, x.dim(0), x.dim(1), height, width));
    }

    /** The channels of two pictures, one after the other. */
    public Value concatChannels(Value a, Value b) {
        String y = graph.node("Concat", List.of(a.name(), b.name()), Attribute.of("axis", 1));
        return new Value(y, a.dim(0), a.dim(1) + b.dim(1), a.dim(2), a.dim(3));
    }

    /** The tokens of two sequences, one after the other. */
    public Value concatTokens(Value a, Value b) {
        String y = graph.node("Concat", List.of(a.name(), b.name()), Attribute.of("axis", 1));
        return new Value(y, a.dim(0), a.dim(1) + b.dim(1), last(a));
    }

    /** Two tensors, one after the other along the last axis. */
    public Value concatLast(Value a, Value b) {
        String y = graph.node("Concat", List.of(a.name(), b.name()), Attribute.of("axis", -1));
        long[] dims = a.dims();
        dims[dims.length - 1] = last(a) + last(b);
        return new Value(y, dims);
    }

    /** Equal parts of a tensor, along its last axis. */
    public List<Value> split(Value x, int parts) {
        long[] dims = x.dims();
        dims[dims.length - 1] = last(x) / parts;
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            values.add(new Value(graph.fresh("Split") + "_" + i, dims));
        }
        graph.nodeTo(
                values.stream().map(Value::name).toList(),
                "",
                "Split",
                List.of(x.name()),
                Attribute.of("axis", -1),
                Attribute.of("num_outputs", parts));
        return List.copyOf(values);
    }

    /** The channels {@code first} to {@code first + count}. */
    public Value channels(Value x, long first, long count) {
        return sliced(x, first, count);
    }

    /** The tokens {@code first} to {@code first + count} of a sequence. */
    public Value tokens(Value x, long first, long count) {
        return sliced(x, first, count);
    }

    private Value sliced(Value x, long first, long count) {
        String y = graph.node(
                "Slice", List.of(x.name(), graph.constant(first), graph.constant(first + count), graph.constant(1)));
        long[] dims = x.dims();
        dims[1] = count;
        return new Value(y, dims);
    }

    /** The element-wise sum; the shape is that of {@code a}. */
    public Value add(Value a, Value b) {
        return a.like(graph.node("Add", List.of(a.name(), b.name())));
    }

    /** The element-wise difference; the shape is that of {@code a}. */
    public Value subtract(Value a, Value b) {
        return a.like(graph.node("Sub", List.of(a.name(), b.name())));
    }

    /** The element-wise product; the shape is that of {@code a}. */
    public Value multiply(Value a, Value b) {
        return a.like(graph.node("Mul", List.of(a.name(), b.name())));
    }

    /** An operator of one input that keeps the shape. */
    public Value unary(String operator, Value x) {
        return x.like(graph.node(operator, List.of(x.name())));
    }

    /** x · factor + offset. */
    public Value affine(Value x, float factor, float offset) {
        Value scaled = factor == 1 ? x : multiply(x, constant(1, factor));
        return offset == 0 ? scaled : add(scaled, constant(1, offset));
    }

    /** The same elements under another shape; -1 stands for what is left. */
    public Value reshape(Value x, long... dims) {
        String y = graph.node("Reshape", List.of(x.name(), graph.constant(dims)));
        return new Value(y, dims);
    }

    /** A constant vector [values.length] of 32-bit floats, whatever is computed in. */
    public final Value exactConstant(float... values) {
        String constant = graph.constant(ElementType.FLOAT, List.of((long) values.length), values);
        return new Value(constant, values.length);
    }

    /** A constant vector [values.length]. */
    public Value constant(float... values) {
        return new Value(graph.constant(List.of((long) values.length), values), values.length);
    }

    /** The graph, for what no layer does. */
    public GraphBuilder graph() {
        return graph;
    }

    private Value constant(int size, float value) {
        float[] values = new float[size];
        Arrays.fill(values, value);
        return constant(values);
    }

    final Value quickGelu(Value x, float alpha) {
        return x.like(graph.node(GraphBuilder.MICROSOFT, "QuickGelu", List.of(x.name()), Attribute.of("alpha", alpha)));
    }

    /** The length of the last axis. */
    static long last(Value x) {
        long[] dims = x.dims();
        return dims[dims.length - 1];
    }
}
