package dev.triptych.diffusion.network.t5;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.FeedForward;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.RmsNorm;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.GraphBuilder;
import dev.triptych.diffusion.weights.Weights;
import java.util.List;

/**
 * The graph of T5's encoder (Raffel et al. 2020, section 2.1) as transformers 5.24 computes it
 * (models/t5/modeling_t5.py): no biases, no scaling of scores, and positions as numbers added to the scores, one table
 * for all layers.
 *
 * <p>Input: {@code input_ids} [1, tokens], 32-bit integers. Output: {@code last_hidden_state} [1, tokens, hiddenSize].
 */
final class T5Graph {

    private final T5Config config;
    private final Layers layers;
    private final int tokens;

    private T5Graph(T5Config config, Weights weights, int tokens) {
        this.config = config;
        this.layers = new Layers("t5_encoder", weights);
        this.tokens = tokens;
    }

    /**
     * Builds the graph for one length.
     *
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(T5Config config, Weights weights, int tokens) {
        return new T5Graph(config, weights, tokens).build();
    }

    private ModelGraph build() {
        Value ids = layers.input("input_ids", ElementType.INT32, 1, tokens);
        String table = layers.weights().has("shared.weight") ? "shared.weight" : "encoder.embed_tokens.weight";
        Value x = layers.weights().lookup(table, ids, config.vocabularySize(), config.hiddenSize());
        Value positions = positions();
        for (int i = 0; i < config.layers(); i++) {
            String layer = "encoder.block." + i + ".layer.";
            x = layers.add(x, attention(norm(x, layer + "0.layer_norm"), layer + "0.SelfAttention", positions));
            x = layers.add(x, feedForward(norm(x, layer + "1.layer_norm"), layer + "1.DenseReluDense"));
        }
        layers.output("last_hidden_state", norm(x, "encoder.final_layer_norm"));
        return layers.finish();
    }

    private Value norm(Value x, String prefix) {
        return RmsNorm.of(layers, x, prefix + ".weight", config.epsilon());
    }

    private Value attention(Value x, String prefix, Value positions) {
        long inner = (long) config.heads() * config.headSize();
        Value attended = Attention.biased(
                layers,
                layers.matrix(x, prefix + ".q", inner),
                layers.matrix(x, prefix + ".k", inner),
                layers.matrix(x, prefix + ".v", inner),
                config.heads(),
                config.heads(),
                1,
                positions);
        return layers.matrix(attended, prefix + ".o", config.hiddenSize());
    }

    private Value feedForward(Value x, String prefix) {
        if (config.gated()) {
            return FeedForward.gated(
                    layers,
                    x,
                    config.activation(),
                    prefix + ".wi_0",
                    prefix + ".wi_1",
                    prefix + ".wo",
                    config.intermediateSize());
        }
        Value hidden =
                layers.activation(layers.matrix(x, prefix + ".wi", config.intermediateSize()), config.activation());
        return layers.matrix(hidden, prefix + ".wo", config.hiddenSize());
    }

    /** What is added to the scores, [1, heads, queries, keys]: a number for each head and kind of distance. */
    private Value positions() {
        GraphBuilder graph = layers.graph();
        String name = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
        Value table = layers.weights().floats(name, config.buckets(), config.heads());
        String byDistance = graph.node("Gather", List.of(table.name(), graph.constant(buckets())));
        String keys = graph.constant(range(tokens - 1));
        String queries = graph.node("Reshape", List.of(graph.constant(range(0)), graph.constant(tokens, 1)));
        String distances = graph.node("Sub", List.of(keys, queries));
        String scores = graph.node("Gather", List.of(byDistance, distances));
        String byHead = graph.node("Transpose", List.of(scores), Attribute.ofList("perm", 2, 0, 1));
        return layers.reshape(new Value(byHead, config.heads(), tokens, tokens), 1, config.heads(), tokens, tokens);
    }

    private long[] range(int from) {
        long[] range = new long[tokens];
        for (int i = 0; i < tokens; i++) {
            range[i] = (long) from + i;
        }
        return range;
    }

    /** The kind of each distance from a query to a key, from 1 − tokens to tokens − 1. */
    private long[] buckets() {
        long[] buckets = new long[2 * tokens - 1];
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] = bucket(i - tokens + 1);
        }
        return buckets;
    }

    /** Near distances are kinds of their own, farther ones share one by their logarithm; forwards is another half. */
    private int bucket(int distance) {
        int half = config.buckets() / 2;
        int exact = half / 2;
        int first = distance > 0 ? half : 0;
        int length = Math.abs(distance);
        if (length < exact) {
            return first + length;
        }
        double share = Math.log((double) length / exact) / Math.log((double) config.maxDistance() / exact);
        return first + Math.min(half - 1, exact + (int) (share * (half - exact)));
    }
}
