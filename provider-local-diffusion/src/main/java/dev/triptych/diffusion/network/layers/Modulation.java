package dev.triptych.diffusion.network.layers;

import java.util.List;

/**
 * Adaptive layer normalisation, Peebles and Xie, "Scalable Diffusion Models with Transformers" (2023), section 3.2: a
 * vector that tells time and prompt gives scales, shifts and gates for the channels of all tokens. Stateless.
 */
public final class Modulation {

    private Modulation() {}

    /**
     * W·c + b, cut into vectors.
     *
     * @param conditioning c [1, width], activated
     * @param prefix the names of W and b
     * @param parts how many vectors there are
     * @param channels the length of each
     * @return each [channels]
     */
    public static List<Value> vectors(Layers layers, Value conditioning, String prefix, int parts, long channels) {
        return cut(layers, layers.linear(conditioning, prefix, parts * channels), parts);
    }

    /** The same without b. */
    public static List<Value> vectorsWithoutBias(
            Layers layers, Value conditioning, String prefix, int parts, long channels) {
        return cut(layers, layers.matrix(conditioning, prefix, parts * channels), parts);
    }

    private static List<Value> cut(Layers layers, Value all, int parts) {
        return layers.split(layers.reshape(all, Layers.last(all)), parts);
    }

    /**
     * norm(x + residual) · (1 + scale) + shift, without weights of its own, together with that sum.
     *
     * @param shift [channels]
     * @param scale [channels]
     */
    public static Layers.Normalised norm(
            Layers layers, Value x, Value residual, Value shift, Value scale, float epsilon) {
        return layers.layerNorm(x, residual, layers.affine(scale, 1, 1), shift, epsilon);
    }

    /** The same of x alone. */
    public static Value norm(Layers layers, Value x, Value shift, Value scale, float epsilon) {
        return norm(layers, x, layers.zerosLike(x), shift, scale, epsilon).value();
    }

    /**
     * What a transformer carries along as the two values whose sum it is: the norm that comes next makes the sum.
     *
     * @param x what came so far, [1, tokens, channels]
     * @param addend what the last layer adds to it
     */
    public record Stream(Value x, Value addend) {

        /** What came so far, with nothing to add. */
        public static Stream of(Layers layers, Value x) {
            return new Stream(x, layers.zerosLike(x));
        }

        /** The sum itself. */
        public Value sum(Layers layers) {
            return layers.add(x, addend);
        }
    }
}
