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
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** A U-Net over the weights of one part of a checkpoint. Immutable; weights are opened with the first evaluation. */
public final class Unet implements Network {

    private static final String OUTPUT = "out_sample";

    private final UnetConfig config;
    private final Part part;
    private final Supplier<Weights> weights;
    private final String variant;

    /** The U-Net of {@code config} over the weights of {@code part}. */
    public Unet(UnetConfig config, Part part) {
        this(config, part, part::weights, "");
    }

    private Unet(UnetConfig config, Part part, Supplier<Weights> weights, String variant) {
        this.config = config;
        this.part = part;
        this.weights = weights;
        this.variant = variant;
    }

    /**
     * The same U-Net over other weights of the same shapes, such as patched ones.
     *
     * @param otherWeights opened when a graph is built
     * @param otherVariant what tells them from the checkpoint's own
     */
    public Unet over(Supplier<Weights> otherWeights, String otherVariant) {
        return new Unet(config, part, otherWeights, otherVariant);
    }

    /** The part of the checkpoint that it is. */
    public Part part() {
        return part;
    }

    /**
     * What one evaluation is told. All tensors are of one picture.
     *
     * @param sample latents as the scheduler scaled them, [1, inChannels, height, width]
     * @param timestep the time in training steps
     * @param conditioning by the names of the graph's inputs: {@code encoder_hidden_states} [1, tokens, textWidth], and
     *     what the config asks for beside it
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
        Map<String, Tensor> feeds = new HashMap<>(input.conditioning());
        feeds.put("sample", input.sample());
        feeds.put("timestep", new Tensor(new long[] {1, 1}, new float[] {input.timestep()}));
        return Objects.requireNonNull(engine.run(this, shape(input), feeds, Set.of(OUTPUT), cancellation)
                        .get(OUTPUT))
                .values();
    }

    /**
     * The shape of a graph for latents of a height and width, {@code tokens} embeddings and {@code timeIds} numbers.
     */
    public static Shape shape(int height, int width, int tokens, int timeIds) {
        return Shape.of(height, width).with(UnetGraph.TOKENS, tokens).with(UnetGraph.TIME_IDS, timeIds);
    }

    private static Shape shape(Input input) {
        long[] sample = input.sample().shape();
        Tensor text = Objects.requireNonNull(input.conditioning().get("encoder_hidden_states"));
        Tensor ids = input.conditioning().get("time_ids");
        return shape((int) sample[2], (int) sample[3], (int) text.shape()[1], ids == null ? 0 : ids.values().length);
    }

    @Override
    public String label() {
        return "U-Net";
    }

    @Override
    public String source() {
        return part.location().toString();
    }

    @Override
    public String identity() {
        return lineage() + variant;
    }

    @Override
    public String lineage() {
        return "unet " + part.location() + " " + config;
    }

    @Override
    public SessionProfile profile() {
        return SessionProfile.STEADY;
    }

    @Override
    public ModelGraph graph(Shape shape) {
        return UnetGraph.build(config, weights.get(), shape);
    }

    @Override
    public Optional<Path> readyMade() {
        return part.onnx();
    }

    /** Exports call a U-Net's inputs as they like; their axes tell them apart. */
    @Override
    public String feedFor(Port input) {
        String name = input.name();
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
