package dev.triptych.diffusion.network.unet;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.layers.CudaLayers;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** A U-Net over the weights of one part of a checkpoint. Immutable; weights are opened with the first evaluation. */
public final class Unet implements Network {

    static final String PERTURBED = "perturbed";
    static final String DEEP = "deep";
    static final String MAPS = "attention_maps";

    private static final String NAME = "unet";
    private static final String OUTPUT = "out_sample";

    private final String label;
    private final UnetConfig config;
    private final Part part;
    private final Supplier<Weights> weights;
    private final String variant;
    private final List<ImageKeys> images;
    private final UnetChanges changes;

    /** The U-Net of {@code config} over the weights of {@code part}. */
    public Unet(UnetConfig config, Part part) {
        this("U-Net", config, part);
    }

    /** The same with another name in messages, where a checkpoint has several. */
    public Unet(String label, UnetConfig config, Part part) {
        this(label, config, part, part::weights, "", List.of(), UnetChanges.NONE);
    }

    private Unet(
            String label,
            UnetConfig config,
            Part part,
            Supplier<Weights> weights,
            String variant,
            List<ImageKeys> images,
            UnetChanges changes) {
        this.label = label;
        this.config = config;
        this.part = part;
        this.weights = weights;
        this.variant = variant;
        this.images = List.copyOf(images);
        this.changes = changes;
    }

    /**
     * What an IP-Adapter gives each attention over the prompt: matrices {@code ip_adapter.N.to_k_ip.weight} and
     * {@code ip_adapter.N.to_v_ip.weight} [channels, crossAttentionDim], with N = 1, 3, 5 … counting the attentions.
     *
     * @param weights opened when a graph is built
     * @param identity what tells them from any others
     */
    public record ImageKeys(Supplier<Weights> weights, String identity) {}

    /**
     * The same U-Net over other weights of the same shapes, such as patched ones.
     *
     * @param otherWeights opened when a graph is built
     * @param otherVariant what tells them from the checkpoint's own
     */
    public Unet over(Supplier<Weights> otherWeights, String otherVariant) {
        return new Unet(label, config, part, otherWeights, otherVariant, images, changes);
    }

    /**
     * The same U-Net over its weights in another form.
     *
     * @param conversion made when a graph is built
     * @param form what tells the form from any other
     */
    public Unet converted(UnaryOperator<Weights> conversion, String form) {
        return over(() -> conversion.apply(weights.get()), variant + form);
    }

    /**
     * The same U-Net looking at pictures too, through the keys and values of IP-Adapters. Each evaluation is then fed
     * {@link #imageTokens} and {@link #imageScale} of each.
     */
    public Unet lookingAt(List<ImageKeys> adapters) {
        return new Unet(label, config, part, weights, variant, adapters, changes);
    }

    /** The same U-Net computing otherwise. */
    public Unet changed(UnetChanges otherwise) {
        return new Unet(label, config, part, weights, variant, images, otherwise);
    }

    /** The same U-Net, which also tells where it looks at each token: {@link #predictMapped}. */
    public Unet mapped() {
        return changed(changes.withMaps());
    }

    /** The same without what is below its cut, which is fed instead; empty where it has no cut. */
    public Optional<Unet> shallow() {
        return changes.cut().isPresent() ? Optional.of(changed(changes.shallow())) : Optional.empty();
    }

    /** The names of its self-attentions, such as {@code mid_block.attentions.0.transformer_blocks.0.attn1}. */
    public List<String> selfAttentions() {
        return PerturbedAttention.names(config);
    }

    /** The part of the checkpoint that it is. */
    public Part part() {
        return part;
    }

    /**
     * What one evaluation is told. All tensors are of one picture, or of as many as {@code sample}.
     *
     * @param sample latents as the scheduler scaled them, [1, inChannels, height, width]
     * @param timestep the time in training steps
     * @param conditioning by the names of the graph's inputs: {@code encoder_hidden_states} [1, tokens, textWidth], and
     *     what the config asks for beside it; {@link #adapterFeature}, {@link #controlResidual}, {@link #imageTokens},
     *     {@link #imageScale}
     */
    public record Input(Tensor sample, float timestep, Map<String, Tensor> conditioning) {}

    /** The config. */
    public UnetConfig config() {
        return config;
    }

    /**
     * The prediction [1, outChannels, height, width] for {@code input}.
     *
     * @throws ModelLoadException if the U-Net cannot be loaded, or a damaged weight makes its prediction NaN
     */
    public float[] predict(Engine engine, Input input, Cancellation cancellation) {
        return output(run(engine, input, Map.of(), Set.of(OUTPUT), cancellation), OUTPUT)
                .values();
    }

    /** Whether one evaluation can be of several inputs: on CUDA, where a graph takes as many pictures as come in. */
    public boolean takesSeveral(Engine engine) {
        return engine.isOnCuda() && readyMade().isEmpty() && CudaLayers.suits(weights.get());
    }

    /**
     * The predictions [1, outChannels, height, width] for two inputs at the same time, of a U-Net that
     * {@linkplain #takesSeveral takes several}. Texts of different lengths are two evaluations.
     *
     * @throws ModelLoadException as above
     */
    public List<float[]> predictBoth(Engine engine, Input first, Input second, Cancellation cancellation) {
        Optional<Input> both = stacked(first, second);
        if (both.isEmpty()) {
            return List.of(predict(engine, first, cancellation), predict(engine, second, cancellation));
        }
        float[] predictions = predict(engine, both.get(), cancellation);
        int half = predictions.length / 2;
        return List.of(Arrays.copyOf(predictions, half), Arrays.copyOfRange(predictions, half, predictions.length));
    }

    /** Both inputs as one of two pictures; empty if they differ in more than numbers. */
    public static Optional<Input> stacked(Input first, Input second) {
        if (!first.conditioning().keySet().equals(second.conditioning().keySet())) {
            return Optional.empty();
        }
        Map<String, Tensor> conditioning = new HashMap<>();
        for (Map.Entry<String, Tensor> entry : first.conditioning().entrySet()) {
            Tensor one = entry.getValue();
            Tensor other = Objects.requireNonNull(second.conditioning().get(entry.getKey()));
            boolean isShared = one.shape().length == 1; // a scale or a switch
            boolean isAlike =
                    isShared ? one.values()[0] == other.values()[0] : Arrays.equals(one.shape(), other.shape());
            if (!isAlike) {
                return Optional.empty();
            }
            conditioning.put(entry.getKey(), isShared ? one : stacked(one, other));
        }
        return Optional.of(new Input(stacked(first.sample(), second.sample()), first.timestep(), conditioning));
    }

    private static Tensor stacked(Tensor first, Tensor second) {
        long[] shape = first.shape().clone();
        shape[0] *= 2;
        float[] values = Arrays.copyOf(first.values(), 2 * first.values().length);
        System.arraycopy(second.values(), 0, values, first.values().length, second.values().length);
        return new Tensor(shape, values);
    }

    /**
     * A prediction, and what is below the cut gave on the way to it.
     *
     * @param prediction [1, outChannels, height, width]
     * @param deep one picture of the size of the level it comes back to
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Whole(float[] prediction, Tensor deep) {}

    /**
     * The same of a U-Net with a cut, computing all of it.
     *
     * @throws ModelLoadException as above
     */
    public Whole predictWhole(Engine engine, Input input, Cancellation cancellation) {
        Map<String, Tensor> outputs = run(engine, input, Map.of(), Set.of(OUTPUT, DEEP), cancellation);
        return new Whole(output(outputs, OUTPUT).values(), output(outputs, DEEP));
    }

    /**
     * The prediction of a {@linkplain #shallow shallow} U-Net.
     *
     * @param deep what is below the cut gave at an earlier step
     * @throws ModelLoadException as above
     */
    public float[] predictShallow(Engine engine, Tensor deep, Input input, Cancellation cancellation) {
        return output(run(engine, input, Map.of(DEEP, deep), Set.of(OUTPUT), cancellation), OUTPUT)
                .values();
    }

    /**
     * A prediction, and how each pixel's attention was shared out among the tokens on the way to it.
     *
     * @param prediction [1, outChannels, height, width]
     * @param maps [1, tokens, height, width], the mean over all heads and layers; the tokens of a pixel sum to 1
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Mapped(float[] prediction, Tensor maps) {}

    /**
     * The same of a {@linkplain #mapped mapped} U-Net, with its maps.
     *
     * @throws ModelLoadException as above
     */
    public Mapped predictMapped(Engine engine, Input input, Cancellation cancellation) {
        Map<String, Tensor> outputs = run(engine, input, Map.of(), Set.of(OUTPUT, MAPS), cancellation);
        return new Mapped(output(outputs, OUTPUT).values(), output(outputs, MAPS));
    }

    private Map<String, Tensor> run(
            Engine engine, Input input, Map<String, Tensor> more, Set<String> outputs, Cancellation cancellation) {
        Map<String, Tensor> feeds = new HashMap<>(more);
        if (!changes.perturbed().isEmpty()) {
            feeds.put(PERTURBED, new Tensor(new long[] {1}, new float[] {0}));
        }
        feeds.putAll(input.conditioning());
        feeds.put("sample", input.sample());
        int pictures = (int) input.sample().shape()[0];
        float[] times = new float[pictures];
        Arrays.fill(times, input.timestep());
        feeds.put("timestep", new Tensor(new long[] {pictures, 1}, times));
        return engine.run(this, shape(input), feeds, outputs, cancellation);
    }

    private static Tensor output(Map<String, Tensor> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name));
    }

    /**
     * The input for the feature {@code index}, from 0, of T2I-Adapters: {@code [1, channels, height, width]} as
     * {@link #adapterFeatureShapes} says.
     */
    public static String adapterFeature(int index) {
        return "adapter_feature." + index;
    }

    /**
     * The input for the residual {@code index}, from 0, of ControlNets: {@code [1, channels, height, width]} as
     * {@link #controlResidualShapes} says.
     */
    public static String controlResidual(int index) {
        return "control_residual." + index;
    }

    /**
     * The shapes, [channels, height, width], of the residuals of ControlNets for latents of a height and a width: one
     * for each skip in the order of the way down, the last for the bottom.
     */
    public static List<List<Integer>> controlResidualShapes(UnetConfig config, int height, int width) {
        return ControlResiduals.shapes(config, height, width);
    }

    /** {@code shape} of a U-Net that is fed the first {@code count} {@link #adapterFeature}s. */
    public static Shape withAdapterFeatures(Shape shape, int count) {
        return shape.with(UnetGraph.ADAPTER_FEATURES, count);
    }

    /** {@code shape} of a U-Net that is fed {@link #controlResidual}s. */
    public static Shape withControl(Shape shape) {
        return shape.with(UnetGraph.CONTROL_RESIDUALS, 1);
    }

    /** The input for the tokens of the pictures of IP-Adapter {@code index}: {@code [1, tokens, crossAttentionDim]}. */
    public static String imageTokens(int index) {
        return "image_tokens." + index;
    }

    /** The input for the scale of IP-Adapter {@code index}: {@code [1]}; 0 = without effect. */
    public static String imageScale(int index) {
        return "image_scale." + index;
    }

    /**
     * The shapes, [channels, height, width], that features of T2I-Adapters must have for latents of a height and a
     * width, in their order; the last is for a feature that is added at the bottom, where there is one.
     */
    public List<List<Integer>> adapterFeatureShapes(int height, int width) {
        return AdapterFeatures.shapes(config, height, width);
    }

    /**
     * The channels of each attention over the prompt, and the length of the tokens it looks at, in the order in which
     * an IP-Adapter's file counts them.
     */
    public List<AttentionSize> attentionSizes() {
        return ImageAttention.places(config).stream()
                .map(place -> new AttentionSize(
                        place.block().channels(), place.block().crossAttentionDim()))
                .toList();
    }

    /**
     * The size of an attention over the prompt.
     *
     * @param channels of the picture
     * @param tokenWidth the length of a token
     */
    public record AttentionSize(int channels, int tokenWidth) {}

    /**
     * The shape of a graph for latents of a height and width, {@code tokens} embeddings and {@code timeIds} numbers.
     */
    public static Shape shape(int height, int width, int tokens, int timeIds) {
        return Shape.of(height, width).with(UnetGraph.TOKENS, tokens).with(UnetGraph.TIME_IDS, timeIds);
    }

    /** The shape of a graph that is fed {@code sample} and {@code conditioning}, with nothing from beside the U-Net. */
    public static Shape plainShape(Tensor latents, Map<String, Tensor> conditioning) {
        long[] sample = latents.shape();
        Tensor text = conditioning.get("encoder_hidden_states");
        Tensor ids = conditioning.get("time_ids");
        int tokens = text == null ? 0 : (int) text.shape()[1];
        return shape((int) sample[2], (int) sample[3], tokens, ids == null ? 0 : (int) ids.shape()[1]);
    }

    private static Shape shape(Input input) {
        return withAdapters(plainShape(input.sample(), input.conditioning()), input.conditioning());
    }

    /** {@code shape} with what {@code feeds} hold of ControlNets, T2I-Adapters and IP-Adapters. */
    public static Shape withAdapters(Shape shape, Map<String, Tensor> feeds) {
        int features = 0;
        while (feeds.containsKey(adapterFeature(features))) {
            features++;
        }
        Shape all = features == 0 ? shape : shape.with(UnetGraph.ADAPTER_FEATURES, features);
        if (feeds.containsKey(controlResidual(0))) {
            all = withControl(all);
        }
        for (int i = 0; feeds.containsKey(imageTokens(i)); i++) {
            Tensor tokens = Objects.requireNonNull(feeds.get(imageTokens(i)));
            all = all.with(imageTokens(i), (int) tokens.shape()[1]);
        }
        return all;
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public String source() {
        return part.location().toString();
    }

    @Override
    public String identity() {
        String changed = changes.equals(UnetChanges.NONE) ? "" : " " + changes;
        return images.stream().map(ImageKeys::identity).collect(Collectors.joining("", lineage() + variant, changed));
    }

    @Override
    public String lineage() {
        // A picture needs the whole and the shallow one in turn: the one must not drive the other out.
        return (changes.isShallow() ? "shallow unet " : "unet ") + part.location() + " " + config;
    }

    @Override
    public boolean runsEachStep() {
        return true;
    }

    @Override
    public SessionProfile profile() {
        return SessionProfile.STEADY;
    }

    @Override
    public ModelGraph graph(Shape shape) {
        return UnetGraph.build(config, changes, new Layers(NAME, allWeights()), images.size(), shape);
    }

    @Override
    public Optional<ModelGraph> cudaGraph(Shape shape) {
        Weights all = allWeights();
        return CudaLayers.suits(all)
                ? Optional.of(UnetGraph.build(config, changes, new CudaLayers(NAME, all), images.size(), shape))
                : Optional.empty();
    }

    private Weights allWeights() {
        Weights all = weights.get();
        for (int i = 0; i < images.size(); i++) {
            all = all.overlaid(named(images.get(i).weights().get(), i));
        }
        return all;
    }

    /** The matrices of an IP-Adapter under the names of the attentions that they belong to. */
    private Weights named(Weights adapter, int index) {
        List<ImageAttention.Place> places = ImageAttention.places(config);
        Map<String, String> names = new HashMap<>();
        for (int i = 0; i < places.size(); i++) {
            for (String matrix : List.of(".to_k_ip.weight", ".to_v_ip.weight")) {
                names.put("ip_adapter." + (2 * i + 1) + matrix, places.get(i).prefix() + "." + index + matrix);
            }
        }
        return adapter.renamed(name -> names.getOrDefault(name, "ip_adapter." + index + "." + name));
    }

    @Override
    public Optional<Path> readyMade() {
        return part.onnx();
    }

    /** Exports call a U-Net's inputs as they like; their axes tell them apart. */
    @Override
    public String feedFor(Port input) {
        String name = input.name();
        if (readyMade().isEmpty()) {
            return name;
        }
        if (name.equals("text_embeds") || name.equals("time_ids")) {
            return name;
        }
        if (name.contains("cond") && !name.contains("hidden")) {
            return "timestep_cond";
        }
        if (name.equals("timestep") || name.equals("t") || input.axes() < 2) {
            return "timestep";
        }
        return switch (input.axes()) {
            case 4 -> "sample";
            case 3 -> "encoder_hidden_states";
            default -> name;
        };
    }

    @Override
    public String outputFor(String ours, Collection<Port> outputs) {
        return onlyPicture(label(), outputs);
    }

    /** The first output of four axes, by name. */
    public static String onlyPicture(String label, Collection<Port> outputs) {
        Set<String> pictures = new TreeSet<>();
        outputs.stream().filter(output -> output.axes() == 4).forEach(output -> pictures.add(output.name()));
        return pictures.stream()
                .findFirst()
                .orElseThrow(() -> new ModelLoadException("the " + label + " must have an output of 4 axes but has "
                        + outputs.stream().map(Port::name).sorted().toList()));
    }
}
