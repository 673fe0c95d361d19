package dev.triptych.diffusion.network.qwen;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.layers.RotaryTable;
import dev.triptych.diffusion.network.layers.WeightSource;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Qwen3 as a text encoder: what its inner layers make of a text. Of its table of embeddings the rows of the text's own
 * tokens are read alone, and of its layers those that are needed. Immutable; weights are opened with the first
 * evaluation.
 *
 * @param label what messages call it
 * @param config its config
 * @param taken which layers' outputs are wanted, counted from 1, ascending
 * @param weights its weights, by transformers' names, with {@code model.} before them or without
 */
public record QwenEncoder(String label, QwenConfig config, List<Integer> taken, WeightSource weights)
        implements Network {

    private static final String TOKENS = "tokens";
    private static final String OUTPUT = "hidden_states";
    private static final String TABLE = "embed_tokens.weight";
    private static final String PREFIX = "model.";

    /** What keeps a key out of a softmax: e to its power is 0. */
    private static final float NEVER = -1e30f;

    /** Copies the list. */
    public QwenEncoder {
        taken = List.copyOf(taken);
    }

    /**
     * What the layers taken make of a text. A token sees itself and those before it, and no padding.
     *
     * @param tokenIds the ids, padded behind
     * @param real how many of them are no padding, at least 1
     * @return [1, tokens, hiddenSize · taken]
     * @throws ModelLoadException if an id is beyond the vocabulary, or the encoder cannot be loaded
     */
    public Tensor embeddings(Engine engine, int[] tokenIds, int real, Cancellation cancellation) {
        int tokens = tokenIds.length;
        List<int[]> positions = new ArrayList<>();
        for (int i = 0; i < tokens; i++) {
            positions.add(new int[] {i});
        }
        RotaryTable table =
                RotaryTable.of(positions, List.of(config.headSize()), config.theta(), RotaryTable.Precision.SINGLE);
        Map<String, Tensor> feeds = Map.of(
                "inputs_embeds",
                rows(tokenIds),
                "cosines",
                table.cosines(),
                "sines",
                table.sines(),
                "mask",
                mask(tokens, real));
        return Objects.requireNonNull(engine.run(this, shape(tokens), feeds, Set.of(OUTPUT), cancellation)
                .get(OUTPUT));
    }

    /** The table's rows of the ids: the table itself, half a gigabyte and more, never enters ONNX Runtime. */
    private Tensor rows(int[] tokenIds) {
        int width = config.hiddenSize();
        Weight table = opened().require(TABLE, config.vocabularySize(), width);
        float[] rows = new float[tokenIds.length * width];
        for (int i = 0; i < tokenIds.length; i++) {
            if (tokenIds[i] < 0 || tokenIds[i] >= config.vocabularySize()) {
                throw new ModelLoadException(source() + ": a token id must be below the text encoder's vocab_size, "
                        + config.vocabularySize() + ", but was " + tokenIds[i]
                        + ": tokenizer and text encoder do not belong together");
            }
            System.arraycopy(table.rows(tokenIds[i], 1).values(), 0, rows, i * width, width);
        }
        return new Tensor(new long[] {1, tokenIds.length, width}, rows);
    }

    private static Tensor mask(int tokens, int real) {
        float[] mask = new float[tokens * tokens];
        for (int query = 0; query < tokens; query++) {
            for (int key = Math.min(query + 1, real); key < tokens; key++) {
                mask[query * tokens + key] = NEVER;
            }
        }
        return new Tensor(new long[] {1, 1, tokens, tokens}, mask);
    }

    private Weights opened() {
        return weights.open().renamed(name -> name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name);
    }

    /** The length of what is made of a token. */
    public int width() {
        return config.hiddenSize() * taken.size();
    }

    /** The shape of the graph for {@code tokens} ids. */
    public static Shape shape(int tokens) {
        return Shape.none().with(TOKENS, tokens);
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
        return "qwen3 " + weights.place() + " " + config + " " + taken;
    }

    @Override
    public SessionProfile profile() {
        return SessionProfile.STEADY;
    }

    @Override
    public ModelGraph graph(Shape shape) {
        return QwenGraph.build(config, opened(), taken, shape.get(TOKENS));
    }
}
