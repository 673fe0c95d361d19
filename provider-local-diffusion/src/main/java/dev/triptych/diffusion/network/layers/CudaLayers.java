package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.GraphBuilder;
import dev.triptych.diffusion.weights.IntegerWeight;
import dev.triptych.diffusion.weights.QuantisedWeight;
import dev.triptych.diffusion.weights.Weights;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The layers in the form that ONNX Runtime's CUDA kernels run fastest: 16-bit floats, and pictures with their channels
 * last, [pictures, height, width, channels], which convolutions on tensor cores and the fused normalisations want.
 *
 * <p>A {@link Value} still means a picture by [pictures, channels, height, width]. Its twin with the channels last is
 * what these layers hand on to each other; the other one is a transposition away, and left out of the graph where
 * nobody asks for it. So a layer that is not rewritten here is correct, only slower.
 *
 * <p>Inputs and outputs stay 32-bit floats, as do the numbers that sines are taken of, and the scale and shift of fused
 * normalisations. Kernels and what they take: onnxruntime/contrib_ops/cuda/diffusion and /bert, ONNX Runtime 1.28.
 */
public final class CudaLayers extends Layers {

    /** Of later versions of some operators it is not known whether CUDA has them. */
    private static final int OPERATORS = 20;

    /** Groups of more channels, or of an odd number, are not what the fused kernel takes. */
    private static final int GROUPS = 32;

    /** The widths that the fused GEGLU is compiled for. */
    private static final Set<Long> GEGLU_WIDTHS = Set.of(2560L, 5120L, 10240L);

    private final Map<String, String> channelsLast = new HashMap<>();
    private final Map<String, Sum> sums = new HashMap<>();
    private final Map<String, Normal> normals = new HashMap<>();

    /** A picture, channels last, and a vector [1, channels] that is added to each of its pixels. */
    private record Sum(String picture, String vector) {}

    /** What a fused normalisation is made of. */
    private record Normal(String operator, List<String> inputs, int groups, float epsilon) {}

    /** A graph {@code name} over {@code weights}. */
    public CudaLayers(String name, Weights weights) {
        super(new GraphBuilder(name, ElementType.FLOAT16, OPERATORS), weights);
    }

    /** Whether {@code weights} can be computed with so: not those in quantised blocks, or in integers. */
    public static boolean suits(Weights weights) {
        return weights.names().stream()
                .noneMatch(name -> weights.tensor(name)
                        .filter(tensor -> tensor instanceof QuantisedWeight || tensor instanceof IntegerWeight)
                        .isPresent());
    }

    /** As many as come in: with guidance both texts at once, which a GPU computes in less than twice the time. */
    @Override
    public long pictures() {
        return 0;
    }

    @Override
    public ModelGraph finish() {
        return finish(GraphBuilder.Form.ANY_DEVICE);
    }

    @Override
    public Value input(String name, ElementType type, long... dims) {
        Value input = exactInput(name, type, dims);
        return type == ElementType.FLOAT ? rounded(input) : input;
    }

    @Override
    public Value rounded(Value exact) {
        return cast(exact, ElementType.FLOAT16);
    }

    @Override
    public void output(String name, Value value) {
        super.output(name, cast(value, ElementType.FLOAT));
    }

    private Value cast(Value x, ElementType type) {
        return x.like(graph().node("Cast", List.of(x.name()), Attribute.of("to", type.number())));
    }

    @Override
    public Value convolution(Value x, String prefix, long out, int kernel, int stride, long... pads) {
        boolean isEven = pads[0] == pads[2] && pads[1] == pads[3];
        if (!isEven) {
            return super.convolution(x, prefix, out, kernel, stride, pads);
        }
        Value weight = weights().floatsFor(x, prefix + ".weight", out, x.dim(1), kernel, kernel);
        String y = graph().node(
                        GraphBuilder.MICROSOFT,
                        "NhwcConv",
                        List.of(
                                channelsLast(x),
                                transposed(weight.name(), 0, 2, 3, 1),
                                bias(prefix, out).name()),
                        Attribute.ofList("kernel_shape", kernel, kernel),
                        Attribute.ofList("strides", stride, stride),
                        Attribute.ofList("pads", pads));
        long height = (x.dim(2) + 2 * pads[0] - kernel) / stride + 1;
        long width = (x.dim(3) + 2 * pads[1] - kernel) / stride + 1;
        return picture(y, x.dim(0), out, height, width);
    }

    @Override
    public Value enlargedConvolution(Value x, String prefix, long out, long height, long width) {
        return convolution(resize(x, height, width), prefix, out, 3);
    }

    @Override
    public Value groupNorm(Value x, String prefix, int groups, float epsilon) {
        long channels = x.dim(1);
        if (!isFused(channels, groups)) {
            return super.groupNorm(x, prefix, groups, epsilon);
        }
        String scale = weights().exact(prefix + ".weight", channels).name();
        String shift = weights().exact(prefix + ".bias", channels).name();
        Sum sum = sums.get(x.name());
        Normal normal = sum == null
                ? new Normal("GroupNorm", List.of(channelsLast(x), scale, shift), groups, epsilon)
                : new Normal("SkipGroupNorm", List.of(sum.picture(), scale, shift, sum.vector()), groups, epsilon);
        Value y = picture(normalised(normal, 0), x.dims());
        normals.put(y.name(), normal);
        return y;
    }

    /** The kernel takes two channels at once, and so many in a block that whole groups and whole blocks fit. */
    private static boolean isFused(long channels, int groups) {
        return groups <= GROUPS && channels / groups % 2 == 0 && (channels % 320 == 0 || channels % 128 == 0);
    }

    private String normalised(Normal normal, int activation) {
        return graph().node(
                        GraphBuilder.MICROSOFT,
                        normal.operator(),
                        normal.inputs(),
                        Attribute.of("groups", normal.groups()),
                        Attribute.of("epsilon", normal.epsilon()),
                        Attribute.of("activation", activation),
                        Attribute.of("channels_last", 1));
    }

    /** Part of the normalisation before it, where that is fused. */
    @Override
    public Value silu(Value x) {
        Normal normal = normals.get(x.name());
        if (normal != null) {
            return picture(normalised(normal, 1), x.dims());
        }
        String twin = channelsLast.get(x.name());
        return twin == null
                ? super.silu(x)
                : picture(quickGelu(new Value(twin), 1).name(), x.dims());
    }

    @Override
    public Value add(Value a, Value b) {
        Value sum = elementwise("Add", a, b);
        String twin = channelsLast.get(a.name());
        if (twin != null && isVector(b)) {
            sums.put(sum.name(), new Sum(twin, reshape(b, b.dim(0), b.dim(1)).name()));
        }
        return sum;
    }

    @Override
    public Value multiply(Value a, Value b) {
        return elementwise("Mul", a, b);
    }

    private Value elementwise(String operator, Value a, Value b) {
        boolean hasTwin = channelsLast.containsKey(a.name());
        int axes = b.dims().length;
        if (hasTwin && isVector(b)) {
            String vector = reshape(b, b.dim(0), 1, 1, b.dim(1)).name();
            return picture(graph().node(operator, List.of(channelsLast(a), vector)), a.dims());
        }
        if (hasTwin && axes == 1 && b.dim(0) == 1) {
            return picture(graph().node(operator, List.of(channelsLast(a), b.name())), a.dims());
        }
        if (axes == 4 && a.dims().length == 4 && (hasTwin || channelsLast.containsKey(b.name())) && isAlike(a, b)) {
            return picture(graph().node(operator, List.of(channelsLast(a), channelsLast(b))), a.dims());
        }
        return a.like(graph().node(operator, List.of(a.name(), b.name())));
    }

    private static boolean isAlike(Value a, Value b) {
        return Arrays.equals(a.dims(), b.dims());
    }

    /** Whether it is one number for each channel of a picture, [pictures, channels, 1, 1]. */
    private static boolean isVector(Value x) {
        return x.dims().length == 4 && x.dim(2) == 1 && x.dim(3) == 1;
    }

    @Override
    public Value concatChannels(Value a, Value b) {
        String y = graph().node("Concat", List.of(channelsLast(a), channelsLast(b)), Attribute.of("axis", 3));
        return picture(y, a.dim(0), a.dim(1) + b.dim(1), a.dim(2), a.dim(3));
    }

    /** Doubling repeats each row and each column: without a kernel for it whose versions one would have to know. */
    @Override
    public Value resize(Value x, long height, long width) {
        if (height != 2 * x.dim(2) || width != 2 * x.dim(3)) {
            String y = graph().node(
                            "Resize",
                            List.of(channelsLast(x), "", "", graph().constant(height, width)),
                            Attribute.ofList("axes", 1, 2),
                            Attribute.of("mode", "nearest"),
                            Attribute.of("coordinate_transformation_mode", "asymmetric"),
                            Attribute.of("nearest_mode", "floor"));
            return picture(y, x.dim(0), x.dim(1), height, width);
        }
        Value apart = reshape(new Value(channelsLast(x)), x.dim(0), x.dim(2), 1, x.dim(3), 1, x.dim(1));
        String repeated = graph().node("Expand", List.of(apart.name(), graph().constant(1, 1, 2, 1, 2, 1)));
        String y =
                reshape(new Value(repeated), x.dim(0), height, width, x.dim(1)).name();
        return picture(y, x.dim(0), x.dim(1), height, width);
    }

    @Override
    public Value toSequence(Value x) {
        return reshape(new Value(channelsLast(x)), x.dim(0), x.dim(2) * x.dim(3), x.dim(1));
    }

    @Override
    public Value toPicture(Value sequence, Value like) {
        Value y = reshape(sequence, sequence.dim(0), like.dim(2), like.dim(3), last(sequence));
        return picture(y.name(), sequence.dim(0), last(sequence), like.dim(2), like.dim(3));
    }

    @Override
    public Value zeros(long... dims) {
        String zero = graph().constant(List.of(1L), 0);
        return new Value(graph().node("Expand", List.of(zero, graph().constant(dims))), dims);
    }

    @Override
    public Value zerosLike(Value x) {
        String shape = graph().node("Shape", List.of(x.name()));
        return x.like(graph().node("Expand", List.of(graph().constant(List.of(1L), 0), shape)));
    }

    @Override
    Value geglu(Value x, String prefix, long inner) {
        if (!GEGLU_WIDTHS.contains(2 * inner)) {
            return super.geglu(x, prefix, inner);
        }
        Value both = matrix(x, prefix, 2 * inner);
        String y = graph().node(
                        GraphBuilder.MICROSOFT,
                        "BiasSplitGelu",
                        List.of(both.name(), bias(prefix, 2 * inner).name()));
        return new Value(y, x.dim(0), x.dim(1), inner);
    }

    /** Never holds all scores at once, and sums them up in 32 bits. */
    @Override
    Value attention(Value q, Value k, Value v, long heads, boolean causal) {
        return causal ? super.attention(q, k, v, heads, true) : multiHeadAttention(q, k, v, heads);
    }

    /** {@code x} with its channels last. */
    private String channelsLast(Value x) {
        String twin = channelsLast.get(x.name());
        if (twin == null) {
            twin = transposed(x.name(), 0, 2, 3, 1);
            channelsLast.put(x.name(), twin);
        }
        return twin;
    }

    /** The picture [1, channels, height, width] whose twin is {@code twin}. */
    private Value picture(String twin, long... dims) {
        Value picture = new Value(transposed(twin, 0, 3, 1, 2), dims);
        channelsLast.put(picture.name(), twin);
        return picture;
    }

    private String transposed(String x, long... order) {
        return graph().node("Transpose", List.of(x), Attribute.ofList("perm", order));
    }
}
