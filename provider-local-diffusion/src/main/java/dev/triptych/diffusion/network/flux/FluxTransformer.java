package dev.triptych.diffusion.network.flux;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.layers.FirstBlock;
import dev.triptych.diffusion.network.layers.RotaryTable;
import dev.triptych.diffusion.network.layers.WeightSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * FLUX.1's transformer. Immutable; weights are opened with the first evaluation.
 *
 * @param config its config
 * @param weights its weights, by diffusers' names
 */
public record FluxTransformer(FluxConfig config, WeightSource weights) implements Network {

    private static final double THETA = 10_000;
    private static final float THOUSAND = 1000;

    /** What is told beside latents and time: the text [1, tokens, textWidth]. */
    public static final String TEXT = "encoder_hidden_states";

    /** The pooled text [1, pooledWidth]. */
    public static final String POOLED = "pooled_projections";

    /** The guidance scale [1, 1], where the config has it. */
    public static final String GUIDANCE = "guidance";

    /**
     * The velocity {@link FirstBlock#OUTPUT} [1, channels, height, width] that is predicted, and what {@code part} asks
     * for beside it.
     *
     * @param sample latents [1, channels, height, width], height and width even
     * @param timestep the time in training steps, 0 to 1000
     * @param conditioning {@link #TEXT}, {@link #POOLED}, and {@link #GUIDANCE} where the config has it
     * @param part how much of it is computed
     * @throws dev.triptych.ModelLoadException if the network cannot be loaded
     */
    public Map<String, Tensor> predict(
            Engine engine,
            Tensor sample,
            float timestep,
            Map<String, Tensor> conditioning,
            FirstBlock part,
            Cancellation cancellation) {
        int height = (int) sample.shape()[2];
        int width = (int) sample.shape()[3];
        int tokens = (int) Objects.requireNonNull(conditioning.get(TEXT)).shape()[1];
        RotaryTable table =
                RotaryTable.of(positions(tokens, height, width), config.axes(), THETA, RotaryTable.Precision.DOUBLE);
        Map<String, Tensor> feeds = new HashMap<>(conditioning);
        feeds.put("sample", sample);
        // The reference's pipeline divides, its network multiplies, both in single precision.
        feeds.put("timestep", number(timestep / THOUSAND * THOUSAND));
        Tensor guidance = conditioning.get(GUIDANCE);
        if (guidance != null) {
            feeds.put(GUIDANCE, number(guidance.values()[0] * THOUSAND));
        }
        feeds.put("cosines", table.cosines());
        feeds.put("sines", table.sines());
        part.addTo(feeds);
        return engine.run(this, part.onto(shape(height, width, tokens)), feeds, part.outputs(), cancellation);
    }

    private static Tensor number(float value) {
        return new Tensor(new long[] {1, 1}, new float[] {value});
    }

    /** Text tokens are all at the origin, those of the picture at their row and column on the second and third axis. */
    private static List<int[]> positions(int tokens, int height, int width) {
        List<int[]> positions = new ArrayList<>();
        for (int i = 0; i < tokens; i++) {
            positions.add(new int[] {0, 0, 0});
        }
        for (int row = 0; row < height / FluxGraph.PATCH; row++) {
            for (int column = 0; column < width / FluxGraph.PATCH; column++) {
                positions.add(new int[] {0, row, column});
            }
        }
        return positions;
    }

    /** The shape of the graph for latents of a height and width and {@code tokens} of text. */
    public static Shape shape(int height, int width, int tokens) {
        return Shape.of(height, width).with(FluxGraph.TOKENS, tokens);
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
        return "flux " + weights.place() + " " + config;
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
        return FluxGraph.build(config, weights.open(), shape);
    }
}
