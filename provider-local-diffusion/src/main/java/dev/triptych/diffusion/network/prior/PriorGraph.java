package dev.triptych.diffusion.network.prior;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.Embeddings;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.Weights;

/**
 * The graph of a {@code PriorTransformer} as diffusers 0.42 computes it (models/transformers/prior_transformer.py):
 * Ramesh et al., "Hierarchical Text-Conditional Image Generation with CLIP Latents" (2022), section 2.2. A causal
 * transformer over the text's tokens, the embedded text, the time, the noised embedding and a query, whose row at the
 * end becomes the embedding without noise.
 *
 * <p>Inputs: {@code sample} [1, embeddingSize], {@code timestep} [1, 1], {@code text_embeds} [1, embeddingSize],
 * {@code encoder_hidden_states} [1, tokens, embeddingSize], {@code attention_mask} [1, tokens], 1 where a token counts.
 * Output: {@code predicted} [1, embeddingSize].
 */
final class PriorGraph {

    private static final float EPSILON = 1e-5f;

    /** What is added to the score of a token that does not count. */
    private static final float MASKED = -10000;

    private final PriorConfig config;
    private final Layers layers;
    private final long width;

    private PriorGraph(PriorConfig config, Weights weights) {
        this.config = config;
        this.layers = new Layers("prior", weights);
        this.width = config.width();
    }

    static ModelGraph build(PriorConfig config, Weights weights) {
        return new PriorGraph(config, weights).build();
    }

    private ModelGraph build() {
        long size = config.embeddingSize();
        Value bias = bias();
        Value x = rows();
        Value residual = positions(x);
        for (int i = 0; i < config.layers(); i++) {
            String layer = "transformer_blocks." + i;
            Layers.Normalised first = layers.layerNorm(x, residual, layer + ".norm1", EPSILON);
            x = attention(first.value(), layer + ".attn1", bias);
            Layers.Normalised second = layers.layerNorm(x, first.sum(), layer + ".norm3", EPSILON);
            x = layers.linear(second.value(), layer + ".ff.net.0.proj", 4 * width);
            x = layers.linear(layers.activation(x, "gelu"), layer + ".ff.net.2", width);
            residual = second.sum();
        }
        long last = x.dim(1) - 1;
        Value query = layers.layerNorm(layers.tokens(x, last, 1), layers.tokens(residual, last, 1), "norm_out", EPSILON)
                .value();
        layers.output("predicted", layers.reshape(layers.linear(query, "proj_to_clip_embeddings", size), 1, size));
        return layers.finish();
    }

    /** Text tokens, embedded text, time, noised embedding, query: [1, tokens + 4, width]. */
    private Value rows() {
        long size = config.embeddingSize();
        Value tokens = layers.input("encoder_hidden_states", ElementType.FLOAT, 1, config.tokens(), size);
        Value text = layers.input("text_embeds", ElementType.FLOAT, 1, size);
        Value sample = layers.input("sample", ElementType.FLOAT, 1, size);
        Value rows = layers.linear(tokens, "encoder_hidden_states_proj", width);
        rows = layers.concatTokens(rows, row(layers.linear(text, "embedding_proj", width)));
        rows = layers.concatTokens(rows, row(time()));
        rows = layers.concatTokens(rows, row(layers.linear(sample, "proj_in", width)));
        return layers.concatTokens(rows, layers.weights().floats("prd_embedding", 1, 1, width));
    }

    private Value time() {
        Value numbers = layers.input("timestep", ElementType.FLOAT, 1, 1);
        Value sines = Embeddings.sinusoid(layers, numbers, (int) width, true, 0);
        Value hidden = layers.silu(layers.linear(sines, "time_embedding.linear_1", width));
        return layers.linear(hidden, "time_embedding.linear_2", width);
    }

    private Value row(Value vector) {
        return layers.reshape(vector, 1, 1, width);
    }

    private Value positions(Value rows) {
        return layers.weights().floats("positional_embedding", rows.dims());
    }

    /** [1, tokens + 4]: padding does not count, what stands behind the text does. */
    private Value bias() {
        Value counts = layers.input("attention_mask", ElementType.FLOAT, 1, config.tokens());
        return layers.concatLast(layers.affine(counts, -MASKED, MASKED), layers.zeros(1, PriorConfig.BEHIND_TOKENS));
    }

    private Value attention(Value x, String prefix, Value bias) {
        Value q = layers.linear(x, prefix + ".to_q", width);
        Value k = layers.linear(x, prefix + ".to_k", width);
        Value v = layers.linear(x, prefix + ".to_v", width);
        return layers.linear(
                Attention.biased(layers, q, k, v, config.heads(), bias, true), prefix + ".to_out.0", width);
    }
}
