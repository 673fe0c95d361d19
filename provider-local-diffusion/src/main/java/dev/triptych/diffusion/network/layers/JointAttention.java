package dev.triptych.diffusion.network.layers;

/**
 * Queries, keys and values of one stream of tokens, or of several behind each other: in the joint attention of Esser et
 * al., "Scaling Rectified Flow Transformers" (2024), section 4, text and picture have matrices of their own and look at
 * each other.
 *
 * @param q [1, tokens, channels], head beside head
 * @param k as many
 * @param v as many
 */
public record JointAttention(Value q, Value k, Value v) {

    /** The tokens of this stream, then those of {@code next}. */
    public JointAttention then(Layers layers, JointAttention next) {
        return new JointAttention(
                layers.concatTokens(q, next.q), layers.concatTokens(k, next.k), layers.concatTokens(v, next.v));
    }

    /** The same with queries and keys turned to their positions. */
    public JointAttention turned(Layers layers, Value cosines, Value sines, Rotary.Pairs pairs) {
        return new JointAttention(
                Rotary.turned(layers, q, cosines, sines, pairs), Rotary.turned(layers, k, cosines, sines, pairs), v);
    }

    /** What each token makes of all values, [1, tokens, channels]. */
    public Value attended(Layers layers, long heads) {
        return Attention.multiHead(layers, q, k, v, heads, false);
    }
}
