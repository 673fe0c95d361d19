package dev.triptych.diffusion.network.t5;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Network;
import dev.triptych.diffusion.engine.SessionProfile;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.layers.WeightSource;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * T5's encoder. Immutable; weights are opened with the first evaluation.
 *
 * @param label what messages call it
 * @param config its config
 * @param weights its weights, by transformers' names
 */
public record T5Encoder(String label, T5Config config, WeightSource weights) implements Network {

    private static final String TOKENS = "tokens";
    private static final String OUTPUT = "last_hidden_state";

    /**
     * The embeddings of a text; every token sees all others, padding too.
     *
     * @param tokenIds the ids, padded
     * @return [1, tokens, hiddenSize]
     * @throws ModelLoadException if an id is beyond the vocabulary, or the encoder cannot be loaded
     */
    public Tensor embeddings(Engine engine, int[] tokenIds, Cancellation cancellation) {
        float[] ids = new float[tokenIds.length]; // Exact up to 2^24.
        for (int i = 0; i < ids.length; i++) {
            if (tokenIds[i] < 0 || tokenIds[i] >= config.vocabularySize()) {
                throw new ModelLoadException(source() + ": a token id must be below the text encoder's vocab_size, "
                        + config.vocabularySize() + ", but was " + tokenIds[i]
                        + ": tokenizer and text encoder do not belong together");
            }
            ids[i] = tokenIds[i];
        }
        Map<String, Tensor> feeds = Map.of("input_ids", new Tensor(new long[] {1, ids.length}, ids));
        return Objects.requireNonNull(engine.run(this, shape(ids.length), feeds, Set.of(OUTPUT), cancellation)
                .get(OUTPUT));
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
        return "t5 " + weights.place() + " " + config;
    }

    @Override
    public SessionProfile profile() {
        return SessionProfile.STEADY;
    }

    @Override
    public ModelGraph graph(Shape shape) {
        return T5Graph.build(config, weights.open(), shape.get(TOKENS));
    }
}
