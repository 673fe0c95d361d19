package dev.triptych.diffusion.network.ipadapter;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.Weights;

/**
 * The graph of an image projection, as diffusers 0.36 computes it (models/embeddings.py: {@code ImageProjection},
 * {@code IPAdapterFullImageProjection}, {@code IPAdapterPlusImageProjection}), in the names of IP-Adapter's authors
 * (tencent-ailab/IP-Adapter, {@code ip_adapter/resampler.py}).
 *
 * <p>Input: {@code seen} [1, width] or [1, tokens, width]. Output: {@code tokens} [1, tokens, output].
 */
final class ImageProjectionGraph {

    /** Of torch's {@code LayerNorm}. */
    private static final float EPSILON = 1e-5f;

    /** The width of a resampler's heads, in every published file. */
    private static final long HEAD_WIDTH = 64;

    private final ImageProjectionSize size;
    private final Weights weights;
    private final Layers layers;

    private ImageProjectionGraph(ImageProjectionSize size, Weights weights) {
        this.size = size;
        this.weights = weights;
        this.layers = new Layers("image_projection", weights);
    }

    /**
     * Builds the graph.
     *
     * @param tokens how many tokens are read, where the kind reads tokens
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the others say
     */
    static ModelGraph build(ImageProjectionKind kind, ImageProjectionSize size, Weights weights, int tokens) {
        ImageProjectionGraph graph = new ImageProjectionGraph(size, weights);
        Value result = switch (kind) {
            case PLAIN -> graph.plain();
            case FULL -> graph.full(tokens);
            case PLUS -> graph.plus(tokens);
        };
        graph.layers.output("tokens", result);
        return graph.layers.finish();
    }

    private Value plain() {
        Value seen = layers.input("seen", ElementType.FLOAT, 1, size.input());
        Value all = layers.linear(seen, "proj", (long) size.tokens() * size.output());
        return norm(layers.reshape(all, 1, size.tokens(), size.output()), "norm");
    }

    private Value full(int tokens) {
        Value seen = layers.input("seen", ElementType.FLOAT, 1, tokens, size.input());
        Value hidden = layers.activation(layers.linear(seen, "proj.0", size.input()), "gelu");
        return norm(layers.linear(hidden, "proj.2", size.output()), "proj.3");
    }

    /** Learned tokens look at the picture's and at each other, layer by layer: Jaegle et al., "Perceiver" (2021). */
    private Value plus(int tokens) {
        Value seen = layers.linear(
                layers.input("seen", ElementType.FLOAT, 1, tokens, size.input()), "proj_in", size.hidden());
        Value latents = layers.weights().floats("latents", 1, size.tokens(), size.hidden());
        for (int i = 0; i < size.layers(); i++) {
            latents = layers.add(attention(seen, latents, "layers." + i + ".0"), latents);
            latents = layers.add(feedForward(latents, "layers." + i + ".1"), latents);
        }
        return norm(layers.linear(latents, "proj_out", size.output()), "norm_out");
    }

    private Value attention(Value seen, Value latents, String prefix) {
        Value own = norm(latents, prefix + ".norm2");
        Value all = layers.concatTokens(norm(seen, prefix + ".norm1"), own);
        long inner = rows(prefix + ".to_q.weight");
        Value q = layers.matrix(own, prefix + ".to_q", inner);
        Value k = layers.matrixRows(all, prefix + ".to_kv", 2 * inner, 0, inner);
        Value v = layers.matrixRows(all, prefix + ".to_kv", 2 * inner, inner, inner);
        Value attended = Attention.multiHead(layers, q, k, v, inner / HEAD_WIDTH, false);
        return layers.matrix(attended, prefix + ".to_out", size.hidden());
    }

    private Value feedForward(Value x, String prefix) {
        Value hidden = layers.matrix(norm(x, prefix + ".0"), prefix + ".1", rows(prefix + ".1.weight"));
        return layers.matrix(layers.activation(hidden, "gelu"), prefix + ".3", size.hidden());
    }

    private Value norm(Value x, String prefix) {
        return layers.layerNorm(x, layers.zerosLike(x), prefix, EPSILON).value();
    }

    /** The rows of a matrix whose size nothing else says. */
    private long rows(String name) {
        return weights.tensor(name).map(tensor -> tensor.dims().get(0)).orElse(HEAD_WIDTH);
    }
}
