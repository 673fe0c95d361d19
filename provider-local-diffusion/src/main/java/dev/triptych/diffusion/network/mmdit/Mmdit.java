package dev.triptych.diffusion.network.mmdit;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.layers.FirstBlock;
import dev.triptych.diffusion.network.layers.WeightSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Stable Diffusion 3's transformer. Immutable; weights are opened with the first evaluation.
 *
 * @param config its config
 * @param weights its weights, by diffusers' names
 */
public record Mmdit(MmditConfig config, WeightSource weights) implements Network {

    /** What is told beside latents and time: the text [1, tokens, textWidth]. */
    public static final String TEXT = "encoder_hidden_states";

    /** The pooled text [1, pooledWidth]. */
    public static final String POOLED = "pooled_projections";

    /**
     * The velocity {@link FirstBlock#OUTPUT} [1, outChannels, height, width] that is predicted, and what {@code part}
     * asks for beside it.
     *
     * @param sample latents [1, inChannels, height, width]
     * @param timestep the time in training steps
     * @param conditioning {@link #TEXT} and {@link #POOLED}
     * @param leftOut blocks through which everything passes unchanged
     * @param part how much of it is computed
     * @throws dev.triptych.ModelLoadException if the network cannot be loaded
     */
    public Map<String, Tensor> predict(
            Engine engine,
            Tensor sample,
            float timestep,
            Map<String, Tensor> conditioning,
            Collection<Integer> leftOut,
            FirstBlock part,
            Cancellation cancellation) {
        Map<String, Tensor> feeds = new HashMap<>(conditioning);
        feeds.put("sample", sample);
        feeds.put("timestep", new Tensor(new long[] {1, 1}, new float[] {timestep}));
        int tokens = (int) Objects.requireNonNull(conditioning.get(TEXT)).shape()[1];
        Shape shape = shape((int) sample.shape()[2], (int) sample.shape()[3], tokens, leftOut);
        part.addTo(feeds);
        return engine.run(this, part.onto(shape), feeds, part.outputs(), cancellation);
    }

    /** The shape of the graph for latents of a height and width and {@code tokens} of text. */
    public static Shape shape(int height, int width, int tokens, Collection<Integer> leftOut) {
        Shape shape = Shape.of(height, width).with(MmditGraph.TOKENS, tokens);
        for (int block : leftOut) {
            shape = shape.with(MmditGraph.WITHOUT + block, 1);
        }
        return shape;
    }

    @Override
    public String label() {
        return "transformer";
    }

    @Override
    public String source() {
        return weights.place();
    }

    @Override
    public String identity() {
        return lineage() + weights.variant();
    }

    @Override
    public String lineage() {
        return "mmdit " + weights.place() + " " + config;
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
        return MmditGraph.build(config, weights.open(), shape);
    }
}
