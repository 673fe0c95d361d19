package dev.triptych.diffusion.network.zimage;

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

/**
 * Z-Image's transformer. Immutable; weights are opened with the first evaluation.
 *
 * @param config its config
 * @param weights its weights, by diffusers' names
 */
public record ZImageTransformer(ZImageConfig config, WeightSource weights) implements Network {

    private static final float THOUSAND = 1000;

    /** What is told beside latents and time: the text [1, tokens, textWidth], without padding. */
    public static final String TEXT = "cap_feats";

    /**
     * The velocity {@link FirstBlock#OUTPUT} from noise to picture that is predicted, [1, channels, height, width],
     * other flow models predict its negative; and what {@code part} asks for beside it.
     *
     * @param sample latents [1, channels, height, width], height and width even
     * @param timestep the time in training steps, 1000 to 0
     * @param text [1, tokens, textWidth]
     * @param part how much of it is computed
     * @throws dev.triptych.ModelLoadException if the network cannot be loaded
     */
    public Map<String, Tensor> predict(
            Engine engine, Tensor sample, float timestep, Tensor text, FirstBlock part, Cancellation cancellation) {
        int height = (int) sample.shape()[2];
        int width = (int) sample.shape()[3];
        int tokens = (int) text.shape()[1];
        RotaryTable table = RotaryTable.of(
                positions(tokens, height, width), config.axes(), config.theta(), RotaryTable.Precision.ROUNDED_ANGLES);
        Map<String, Tensor> feeds = new HashMap<>();
        feeds.put("sample", sample);
        feeds.put(TEXT, text);
        // The reference's pipeline divides, its network multiplies, both in single precision.
        float time = (THOUSAND - timestep) / THOUSAND * config.timeScale();
        feeds.put("timestep", new Tensor(new long[] {1, 1}, new float[] {time}));
        feeds.put("cosines", table.cosines());
        feeds.put("sines", table.sines());
        part.addTo(feeds);
        return engine.run(this, part.onto(shape(height, width, tokens)), feeds, part.outputs(), cancellation);
    }

    /**
     * The text's tokens follow each other on the first axis, its filling too; the picture's stand behind them, each at
     * its row and column; the picture's filling is at the origin.
     */
    private static List<int[]> positions(int tokens, int height, int width) {
        int text = ZImageGraph.filled(tokens);
        int rows = height / ZImageGraph.PATCH;
        int columns = width / ZImageGraph.PATCH;
        List<int[]> positions = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                positions.add(new int[] {text + 1, row, column});
            }
        }
        while (positions.size() < ZImageGraph.filled(rows * columns)) {
            positions.add(new int[] {0, 0, 0});
        }
        for (int i = 0; i < text; i++) {
            positions.add(new int[] {1 + i, 0, 0});
        }
        return positions;
    }

    /** The shape of the graph for latents of a height and width and {@code tokens} of text. */
    public static Shape shape(int height, int width, int tokens) {
        return Shape.of(height, width).with(ZImageGraph.TOKENS, tokens);
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
        return "z-image " + weights.place() + " " + config;
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
        return ZImageGraph.build(config, weights.open(), shape);
    }
}
