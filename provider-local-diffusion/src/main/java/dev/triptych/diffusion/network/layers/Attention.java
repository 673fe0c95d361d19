package dev.triptych.diffusion.network.layers;

import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.GraphBuilder;
import java.util.List;

/** Attention of sequences: softmax(q·kᵀ/√d)·v, Vaswani et al. 2017, equation 1. Stateless. */
public final class Attention {

    private Attention() {}

    /**
     * Multi-head attention. Which operator is fastest depends on the shape: long self-attention runs in
     * MultiHeadAttention, which never holds all scores at once.
     *
     * @param causal whether a token sees only those before it
     */
    public static Value multiHead(Layers layers, Value q, Value k, Value v, long heads, boolean causal) {
        return layers.attention(q, k, v, heads, causal);
    }

    /**
     * Multi-head attention in which a number is added to the score of each key, whatever the query.
     *
     * @param bias [1, keys]
     * @param causal whether a token sees only those before it
     */
    public static Value biased(Layers layers, Value q, Value k, Value v, long heads, Value bias, boolean causal) {
        GraphBuilder graph = layers.graph();
        Value row = layers.reshape(bias, 1, 1, 1, bias.dim(1));
        // ONNX Runtime's kernel wants a row for each query.
        String rows = graph.node("Expand", List.of(row.name(), graph.constant(1, 1, q.dim(1), bias.dim(1))));
        return q.like(graph.node(
                "Attention",
                List.of(q.name(), k.name(), v.name(), rows),
                Attribute.of("q_num_heads", heads),
                Attribute.of("kv_num_heads", heads),
                Attribute.of("is_causal", causal ? 1 : 0)));
    }

    /**
     * Multi-head attention in which numbers are added to the scores, and whose keys and values may have fewer heads
     * than the queries: each of theirs serves as many queries' heads in a row (Ainslie et al., "GQA", 2023).
     *
     * @param keyHeads heads of keys and values, a divisor of {@code heads}
     * @param scale what scores are multiplied by; 1/√d as a rule
     * @param bias [1, heads or 1, queries, keys], added to the scaled scores
     */
    public static Value biased(
            Layers layers, Value q, Value k, Value v, long heads, long keyHeads, float scale, Value bias) {
        return q.like(layers.graph()
                .node(
                        "Attention",
                        List.of(q.name(), k.name(), v.name(), bias.name()),
                        Attribute.of("q_num_heads", heads),
                        Attribute.of("kv_num_heads", keyHeads),
                        Attribute.of("scale", scale)));
    }

    /**
     * What multi-head attention weighs the values with, softmax(q·kᵀ/√d), as the mean of its heads.
     *
     * @param q [1, queries, channels]
     * @param k [1, keys, channels]
     * @return [1, queries, keys]; the keys of a query sum to 1
     */
    public static Value weights(Layers layers, Value q, Value k, long heads) {
        GraphBuilder graph = layers.graph();
        String scores = graph.node(
                GraphBuilder.MICROSOFT,
                "FusedMatMul",
                List.of(byHead(layers, q, heads), byHead(layers, k, heads)),
                Attribute.of("transB", 1),
                Attribute.of("alpha", (float) (1 / Math.sqrt((double) Layers.last(q) / heads))));
        String weights = graph.node("Softmax", List.of(scores), Attribute.of("axis", -1));
        String mean = graph.node("ReduceMean", List.of(weights, graph.constant(1)), Attribute.of("keepdims", 0));
        return new Value(mean, 1, q.dim(1), k.dim(1));
    }

    /** [1, tokens, channels] as [1, heads, tokens, channels / heads]. */
    private static String byHead(Layers layers, Value x, long heads) {
        Value split = layers.reshape(x, 1, x.dim(1), heads, Layers.last(x) / heads);
        return layers.graph().node("Transpose", List.of(split.name()), Attribute.ofList("perm", 0, 2, 1, 3));
    }

    /** A single wide head in plain operators: the fastest form for an autoencoder's few hundred channels. */
    public static Value wide(Layers layers, Value q, Value k, Value v) {
        if (q.dim(1) > 4096) {
            return multiHead(layers, q, k, v, 1, false);
        }
        GraphBuilder graph = layers.graph();
        String scores = graph.node(
                GraphBuilder.MICROSOFT,
                "FusedMatMul",
                List.of(q.name(), k.name()),
                Attribute.of("transB", 1),
                Attribute.of("alpha", (float) (1 / Math.sqrt((double) Layers.last(q)))));
        String weights = graph.node("Softmax", List.of(scores), Attribute.of("axis", -1));
        return q.like(graph.node("MatMul", List.of(weights, v.name())));
    }
}
