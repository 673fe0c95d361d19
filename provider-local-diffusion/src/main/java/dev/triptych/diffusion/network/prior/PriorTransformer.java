package dev.triptych.diffusion.network.prior;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * unCLIP's prior: predicts the CLIP embedding of a picture from that of its text. Immutable; weights are opened with
 * the first evaluation.
 */
public final class PriorTransformer implements Network {

    private static final String OUTPUT = "predicted";

    private final PriorConfig config;
    private final Part part;

    /** The prior of {@code config} over the weights of {@code part}. */
    public PriorTransformer(PriorConfig config, Part part) {
        this.config = config;
        this.part = part;
    }

    /** The config. */
    public PriorConfig config() {
        return config;
    }

    /**
     * The embedding without noise that {@code sample} is taken for.
     *
     * @param sample a noised embedding, normalised, [embeddingSize]
     * @param timestep the time in training steps
     * @param text {@code text_embeds} [1, embeddingSize], {@code encoder_hidden_states} [1, tokens, embeddingSize] and
     *     {@code attention_mask} [1, tokens]
     * @return [embeddingSize], normalised
     * @throws ModelLoadException if the prior cannot be loaded
     */
    public float[] predict(
            Engine engine, float[] sample, float timestep, Map<String, Tensor> text, Cancellation cancellation) {
        Map<String, Tensor> feeds = new HashMap<>(text);
        feeds.put("sample", new Tensor(new long[] {1, config.embeddingSize()}, sample));
        feeds.put("timestep", new Tensor(new long[] {1, 1}, new float[] {timestep}));
        return Objects.requireNonNull(engine.run(this, Shape.none(), feeds, Set.of(OUTPUT), cancellation)
                        .get(OUTPUT))
                .values();
    }

    /**
     * A normalised embedding as CLIP has it: times the deviation of each value, plus its mean.
     *
     * @throws ModelLoadException if the weights have no statistics
     */
    public float[] restored(float[] embedding) {
        float[] mean = statistic("clip_mean");
        float[] deviation = statistic("clip_std");
        float[] restored = new float[embedding.length];
        for (int i = 0; i < restored.length; i++) {
            restored[i] = embedding[i] * deviation[i] + mean[i];
        }
        return restored;
    }

    private float[] statistic(String name) {
        return part.weights().require(name, 1, config.embeddingSize()).values();
    }

    @Override
    public String label() {
        return "prior";
    }

    @Override
    public String source() {
        return part.location().toString();
    }

    @Override
    public String identity() {
        return "prior " + part.location() + " " + config;
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
        return PriorGraph.build(config, part.weights());
    }
}
