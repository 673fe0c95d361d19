package dev.triptych.diffusion.network.controlnet;

import com.fasterxml.jackson.databind.JsonNode;
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
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A ControlNet over its weights. Immutable; weights are opened with the first evaluation. */
public final class Controlnet implements Network {

    private static final String NAME = "controlnet";

    /** Inputs of the first half of a U-Net that a ControlNet shares with it. */
    private static final Set<String> SHARED = Set.of("encoder_hidden_states", "text_embeds", "time_ids");

    private final ControlnetConfig config;
    private final Part part;

    private Controlnet(ControlnetConfig config, Part part) {
        this.config = config;
        this.part = part;
    }

    /**
     * The ControlNet in {@code path}: a diffusers folder, or a file, whose config is read off the shapes of its
     * tensors.
     *
     * @param unet the config of the U-Net that it steers, for what the shapes do not tell; a missing node = none
     * @throws ModelLoadException if it is missing, damaged, or not a ControlNet that is supported
     */
    public static Controlnet open(Path path, JsonNode unet) {
        Part part = Part.standing("controlnet", path, unet);
        return new Controlnet(ControlnetConfig.read(part.config()), part);
    }

    /** The config. */
    public ControlnetConfig config() {
        return config;
    }

    /** What changes when a weight changes. */
    public String contents() {
        return weights().identity();
    }

    /** Opens the weights, which reads and checks their headers. */
    public void openWeights() {
        weights();
    }

    private Weights weights() {
        Weights weights = part.weights();
        if (weights.shapes().containsKey("task_embedding")) {
            throw new ModelLoadException(
                    part.location()
                            + " must be a ControlNet for one kind of picture but is a union of several, which is not supported");
        }
        return weights;
    }

    /** The control picture as it is fed, {@code [1, 3, height, width]} in [0, 1]. */
    public Tensor picture(Pixels pixels) {
        float[] values = pixels.toUnitTensor();
        if (config.blueFirst()) {
            int plane = values.length / 3;
            float[] red = new float[plane];
            System.arraycopy(values, 0, red, 0, plane);
            System.arraycopy(values, 2 * plane, values, 0, plane);
            System.arraycopy(red, 0, values, 2 * plane, plane);
        }
        return new Tensor(new long[] {1, 3, pixels.height(), pixels.width()}, values);
    }

    /**
     * What it found: a residual for each skip of the U-Net in the order of the way down, and the last for its bottom,
     * all [1, channels, height, width] and as strong as it was trained.
     *
     * @param picture as {@link #picture} gave it
     * @param input what the U-Net is told at the same moment; of its sample the first channels are taken
     * @throws ModelLoadException if it cannot be loaded
     */
    public List<Tensor> residuals(Engine engine, Tensor picture, Unet.Input input, Cancellation cancellation) {
        Map<String, Tensor> feeds = new HashMap<>();
        SHARED.forEach(name -> {
            Tensor shared = input.conditioning().get(name);
            if (shared != null) {
                feeds.put(name, shared);
            }
        });
        Tensor sample = latents(input.sample());
        feeds.put("sample", sample);
        feeds.put("timestep", new Tensor(new long[] {1, 1}, new float[] {input.timestep()}));
        feeds.put(ControlnetGraph.PICTURE, picture);
        int count = residuals();
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            names.add(ControlnetGraph.residual(i));
        }
        Map<String, Tensor> found =
                engine.run(this, Unet.plainShape(sample, input.conditioning()), feeds, names, cancellation);
        List<Tensor> residuals = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            residuals.add(Objects.requireNonNull(found.get(ControlnetGraph.residual(i))));
        }
        return residuals;
    }

    /** An inpainting U-Net's sample has mask and kept picture behind the latents. */
    private Tensor latents(Tensor sample) {
        long[] shape = sample.shape();
        int channels = config.half().inChannels();
        if (shape[1] == channels) {
            return sample;
        }
        float[] first = new float[(int) (channels * shape[2] * shape[3])];
        System.arraycopy(sample.values(), 0, first, 0, first.length);
        return new Tensor(new long[] {1, channels, shape[2], shape[3]}, first);
    }

    private int residuals() {
        return Unet.controlResidualShapes(config.half(), 1, 1).size();
    }

    @Override
    public String label() {
        return "ControlNet";
    }

    @Override
    public String source() {
        return part.location().toString();
    }

    @Override
    public String identity() {
        return "controlnet " + part.location() + " " + config;
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
        return ControlnetGraph.build(config, new Layers(NAME, weights()), shape);
    }

    @Override
    public Optional<ModelGraph> cudaGraph(Shape shape) {
        Weights all = weights();
        return CudaLayers.suits(all)
                ? Optional.of(ControlnetGraph.build(config, new CudaLayers(NAME, all), shape))
                : Optional.empty();
    }
}
