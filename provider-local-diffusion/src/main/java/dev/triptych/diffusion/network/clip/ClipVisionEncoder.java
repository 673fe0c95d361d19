package dev.triptych.diffusion.network.clip;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.weights.Weights;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/** CLIP's vision tower with its projection. Immutable; weights are opened with the first evaluation. */
public final class ClipVisionEncoder implements Network {

    private static final String EMBEDS = "image_embeds";
    private static final String HIDDEN = "hidden_states";

    private final ClipVisionConfig config;
    private final int projectionSize;
    private final String source;
    private final Supplier<Weights> weights;

    /** A vision tower over {@code weights}; {@code source} is what messages call its folder. */
    public ClipVisionEncoder(ClipVisionConfig config, int projectionSize, String source, Supplier<Weights> weights) {
        this.config = config;
        this.projectionSize = projectionSize;
        this.source = source;
        this.weights = weights;
    }

    /**
     * The embedding of a picture.
     *
     * @param pixels [3, imageSize, imageSize], normalised as the checkpoint's preprocessing says
     * @return [projectionSize], not normalised
     */
    public float[] imageEmbeds(Engine engine, float[] pixels, Cancellation cancellation) {
        return run(engine, pixels, EMBEDS, cancellation).values();
    }

    /**
     * What the last layer reads, a token for the whole picture and one for each patch: transformers'
     * {@code hidden_states[-2]}.
     *
     * @param pixels as for {@link #imageEmbeds}
     * @return [1, 1 + patches, hiddenSize], not normalised
     */
    public Tensor hiddenStates(Engine engine, float[] pixels, Cancellation cancellation) {
        return run(engine, pixels, HIDDEN, cancellation);
    }

    private Tensor run(Engine engine, float[] pixels, String output, Cancellation cancellation) {
        int edge = config.imageSize();
        Map<String, Tensor> feeds = Map.of("pixel_values", new Tensor(new long[] {1, 3, edge, edge}, pixels));
        return Objects.requireNonNull(engine.run(this, Shape.none(), feeds, Set.of(output), cancellation)
                .get(output));
    }

    /** The config. */
    public ClipVisionConfig config() {
        return config;
    }

    /** The length of an embedding. */
    public int projectionSize() {
        return projectionSize;
    }

    @Override
    public String label() {
        return "image encoder";
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public String identity() {
        return "clip vision " + source + " " + config;
    }

    @Override
    public SessionProfile profile() {
        return SessionProfile.STEADY;
    }

    @Override
    public ModelGraph graph(Shape shape) {
        return ClipVisionGraph.build(config, weights.get().renamed(ClipTextEncoder::newName), projectionSize);
    }
}
