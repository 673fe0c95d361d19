package dev.triptych.diffusion.network.clip;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.GraphBuilder;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.util.List;
import java.util.Optional;

/**
 * The graph of a {@code CLIPTextModel} as transformers 4.57 computes it (models/clip/modeling_clip.py).
 *
 * <p>Input: {@code input_ids} [1, tokens], 32-bit integers. Outputs, 32-bit floats:
 *
 * <ul>
 *   <li>{@code embeddings} [1, tokens, hiddenSize]: the hidden state {@code skip} layers before the last, normalised by
 *       the final layer norm; with {@code skip} 0 this is {@code last_hidden_state};
 *   <li>{@code hidden_state}: the same without that norm;
 *   <li>{@code pooled} [1, hiddenSize]: the last hidden state, normalised, at the token that ends the prompt;
 *   <li>{@code text_embeds} [1, projectionSize], of a {@code CLIPTextModelWithProjection}: that vector times
 *       {@code text_projection}, not normalised.
 * </ul>
 */
final class ClipTextGraph {

    /** The id that old configs give for the end of text; there the end is the largest id instead. */
    private static final int LEGACY_END_OF_TEXT = 2;

    private final ClipTextConfig config;
    private final Layers layers;
    private final ClipLayers transformer;
    private final Value ids;
    private final Optional<Weight> moreTokens;

    private ClipTextGraph(ClipTextConfig config, Weights weights, Optional<Weight> moreTokens, int tokens) {
        if (tokens < 1 || tokens > config.maxPositions()) {
            throw new IllegalArgumentException(
                    "tokens must be between 1 and " + config.maxPositions() + " but was " + tokens);
        }
        this.config = config;
        this.moreTokens = moreTokens;
        this.layers = new Layers("text_encoder", weights);
        this.transformer = new ClipLayers(layers, config.transformer(), true);
        this.ids = layers.input("input_ids", ElementType.INT32, 1, tokens);
    }

    /**
     * Builds the graph for one length.
     *
     * @param moreTokens the embeddings of ids beyond the vocabulary, [rows, hiddenSize]
     * @param tokens how many ids there are, at most {@link ClipTextConfig#maxPositions()}
     * @param skip how many of the last layers {@code embeddings} and {@code hidden_state} leave out, 0 to
     *     {@code layers}
     * @param projected whether there is a {@code text_projection}, and so the output {@code text_embeds}
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(
            ClipTextConfig config,
            Weights weights,
            Optional<Weight> moreTokens,
            int tokens,
            int skip,
            boolean projected) {
        if (skip < 0 || skip > config.layers()) {
            throw new IllegalArgumentException(
                    "skipped layers must be between 0 and " + config.layers() + " but were " + skip);
        }
        ClipTextGraph graph = new ClipTextGraph(config, weights, moreTokens, tokens);
        Value pooled = graph.addTower(skip);
        if (projected) {
            Value embeds = graph.layers.matrix(pooled, "text_projection", config.projectionSize());
            graph.layers.output("text_embeds", embeds);
        }
        return graph.layers.finish();
    }

    /** Adds everything up to {@code pooled}, which it returns. */
    private Value addTower(int skip) {
        int wanted = config.layers() - skip;
        Value tokens = tokens();
        ClipLayers.Summands state = new ClipLayers.Summands(tokens, positions());
        for (int i = 0; i < config.layers(); i++) {
            String prefix = "encoder.layers." + i;
            Layers.Normalised next = transformer.norm(state, prefix + ".layer_norm1");
            if (i == wanted) {
                layers.output("hidden_state", next.sum());
                layers.output("embeddings", finalNorm(next.sum()));
            }
            state = transformer.apply(next, prefix);
        }
        Layers.Normalised last = transformer.norm(state, "final_layer_norm");
        if (skip == 0) {
            layers.output("hidden_state", last.sum());
            layers.output("embeddings", last.value());
        }
        Value pooled = atEndOfText(last.value());
        layers.output("pooled", pooled);
        return pooled;
    }

    private Value tokens() {
        String table = "embeddings.token_embedding.weight";
        int count = config.vocabularySize();
        return moreTokens.isPresent()
                ? layers.weights().lookup(table, moreTokens.get(), ids, count, config.hiddenSize())
                : layers.weights().lookup(table, ids, count, config.hiddenSize());
    }

    private Value positions() {
        long hidden = config.hiddenSize();
        Value rows = layers.weights()
                .rows("embeddings.position_embedding.weight", 0, ids.dim(1), config.maxPositions(), hidden);
        return layers.reshape(rows, 1, ids.dim(1), hidden);
    }

    private Value finalNorm(Value x) {
        return transformer
                .norm(new ClipLayers.Summands(x, layers.zerosLike(x)), "final_layer_norm")
                .value();
    }

    /** The vector at the first end-of-text token; for old configs at the largest id, which is where it is too. */
    private Value atEndOfText(Value x) {
        GraphBuilder graph = layers.graph();
        String scores = ids.name();
        if (config.endOfTextId() != LEGACY_END_OF_TEXT) {
            String end = graph.node(
                    "Cast",
                    List.of(graph.constant(config.endOfTextId())),
                    Attribute.of("to", ElementType.INT32.number()));
            String isEnd = graph.node("Equal", List.of(ids.name(), end));
            scores = graph.node("Cast", List.of(isEnd), Attribute.of("to", ElementType.INT32.number()));
        }
        String position = graph.node("ArgMax", List.of(scores), Attribute.of("axis", 1), Attribute.of("keepdims", 0));
        String row = graph.node("Gather", List.of(x.name(), position), Attribute.of("axis", 1));
        return layers.reshape(new Value(row, 1, 1, config.hiddenSize()), 1, config.hiddenSize());
    }
}
