package dev.triptych.diffusion.network.flux2;

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
 * FLUX.2's transformer. Immutable; weights are opened with the first evaluation.
 *
 * @param config its config
 * @param weights its weights, by diffusers' names
 */
public record Flux2Transformer(Flux2Config config, WeightSource weights) implements Network {

    private static final float THOUSAND = 1000;

    /** Where reference pictures lie on the first axis, and how far from each other. */
    private static final int REFERENCE_TIME = 10;

    /**
     * The velocity {@link FirstBlock#OUTPUT} [1, channels, height, width] that is predicted, and what {@code part} asks
     * for beside it.
     *
     * @param sample latents in squares of four, [1, channels, height, width]
     * @param timestep the time in training steps, 0 to 1000
     * @param text [1, tokens, textWidth]
     * @param references the latents of reference pictures, each as the sample but of a size of its own
     * @param part how much of it is computed
     * @throws dev.triptych.ModelLoadException if the network cannot be loaded
     */
    public Map<String, Tensor> predict(
            Engine engine,
            Tensor sample,
            float timestep,
            Tensor text,
            List<Tensor> references,
            FirstBlock part,
            Cancellation cancellation) {
        int height = (int) sample.shape()[2];
        int width = (int) sample.shape()[3];
        int tokens = (int) text.shape()[1];
        Tensor packed = packed(references);
        int referenceTokens = (int) packed.shape()[1];
        RotaryTable table = RotaryTable.of(
                positions(tokens, height, width, references),
                config.axes(),
                config.theta(),
                RotaryTable.Precision.DOUBLE);
        Map<String, Tensor> feeds = new HashMap<>();
        feeds.put("sample", sample);
        feeds.put("encoder_hidden_states", text);
        // The reference's pipeline divides, its network multiplies, both in single precision.
        feeds.put("timestep", new Tensor(new long[] {1, 1}, new float[] {timestep / THOUSAND * THOUSAND}));
        feeds.put("cosines", table.cosines());
        feeds.put("sines", table.sines());
        if (referenceTokens > 0) {
            feeds.put(Flux2Graph.REFERENCES, packed);
        }
        part.addTo(feeds);
        Shape shape = part.onto(shape(height, width, tokens, referenceTokens));
        return engine.run(this, shape, feeds, part.outputs(), cancellation);
    }

    /** The tokens of all references behind each other, [1, tokens, channels]. */
    private Tensor packed(List<Tensor> references) {
        int channels = config.channels();
        int tokens = references.stream()
                .mapToInt(picture -> picture.values().length / channels)
                .sum();
        float[] packed = new float[tokens * channels];
        int first = 0;
        for (Tensor picture : references) {
            float[] values = picture.values();
            int count = values.length / channels;
            for (int i = 0; i < values.length; i++) {
                packed[(first + i % count) * channels + i / count] = values[i];
            }
            first += count;
        }
        return new Tensor(new long[] {1, tokens, channels}, packed);
    }

    /**
     * The text's tokens follow each other on the fourth axis; those of pictures are at their row and column on the
     * second and third, and reference pictures at places of their own on the first.
     */
    private static List<int[]> positions(int tokens, int height, int width, List<Tensor> references) {
        List<int[]> positions = new ArrayList<>();
        for (int i = 0; i < tokens; i++) {
            positions.add(new int[] {0, 0, 0, i});
        }
        addGrid(positions, 0, height, width);
        for (int i = 0; i < references.size(); i++) {
            long[] shape = references.get(i).shape();
            addGrid(positions, REFERENCE_TIME * (i + 1), (int) shape[2], (int) shape[3]);
        }
        return positions;
    }

    private static void addGrid(List<int[]> positions, int time, int rows, int columns) {
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                positions.add(new int[] {time, row, column, 0});
            }
        }
    }

    /** The shape of the graph for a picture of so many tokens, with so many of text and of references. */
    public static Shape shape(int height, int width, int tokens, int references) {
        return Shape.of(height, width).with(Flux2Graph.TOKENS, tokens).with(Flux2Graph.REFERENCES, references);
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
        return "flux2 " + weights.place() + " " + config;
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
        return Flux2Graph.build(config, weights.open(), shape);
    }
}
