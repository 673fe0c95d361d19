package dev.triptych.diffusion.graph;

import dev.triptych.diffusion.checkpoint.UnetConfig;
import dev.triptych.diffusion.checkpoint.UnetConfig.Block;
import dev.triptych.diffusion.checkpoint.UnetConfig.TimeEmbedding;
import dev.triptych.diffusion.checkpoint.Weights;
import dev.triptych.diffusion.onnx.ElementType;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The graph of a {@code UNet2DConditionModel} as diffusers 0.36 computes it (models/unets/unet_2d_condition.py).
 *
 * <p>Inputs: {@code sample} [1, inChannels, height, width], {@code timestep} [1, 1], {@code encoder_hidden_states} [1,
 * tokens, crossAttentionDim], and for a distilled U-Net {@code timestep_cond} [1, timeCondProjDim]. Output:
 * {@code out_sample} [1, outChannels, height, width], the predicted noise.
 */
public final class UnetGraph {

    private static final float TRANSFORMER_NORM_EPSILON = 1e-6f;
    private static final float LAYER_NORM_EPSILON = 1e-5f;

    private final UnetConfig config;
    private final Layers layers;
    private final Value prompt;
    private final Value time;
    private final Deque<Value> skips = new ArrayDeque<>();

    private UnetGraph(UnetConfig config, Weights weights, int tokens) {
        this.config = config;
        this.layers = new Layers("unet", weights);
        this.prompt = layers.input("encoder_hidden_states", ElementType.FLOAT, 1, tokens, config.crossAttentionDim());
        this.time = timeEmbedding(config.timeEmbedding());
    }

    /**
     * Builds the graph for one size.
     *
     * @param height the height in latent pixels
     * @param width the width in latent pixels
     * @param tokens how many prompt embeddings there are; 77, or a multiple for a long prompt
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    public static ModelGraph build(UnetConfig config, Weights weights, int height, int width, int tokens) {
        return new UnetGraph(config, weights, tokens).build(height, width);
    }

    private ModelGraph build(int height, int width) {
        Value sample = layers.input("sample", ElementType.FLOAT, 1, config.inChannels(), height, width);
        if (config.centerInput()) {
            sample = layers.affine(sample, 2, -1);
        }
        Value x = layers.convolution(sample, "conv_in", config.down().get(0).channels(), config.inKernel());
        skips.push(x);
        for (int i = 0; i < config.down().size(); i++) {
            x = down(x, i);
        }
        if (config.middle().isPresent()) {
            x = middle(x, config.middle().get());
        }
        for (int i = 0; i < config.up().size(); i++) {
            x = up(x, i);
        }
        x = norm(x, "conv_norm_out");
        x = layers.activation(x, config.activation());
        layers.output("out_sample", layers.convolution(x, "conv_out", config.outChannels(), config.outKernel()));
        return layers.finish();
    }

    private Value down(Value input, int level) {
        Block block = config.down().get(level);
        String prefix = "down_blocks." + level;
        Value x = input;
        for (int i = 0; i < block.layers(); i++) {
            x = resnet(x, prefix + ".resnets." + i, block.channels(), 1);
            if (block.attention()) {
                x = transformer(x, prefix + ".attentions." + i, block);
            }
            skips.push(x);
        }
        if (level < config.down().size() - 1) {
            x = layers.convolution(x, prefix + ".downsamplers.0.conv", block.channels(), 3, 2, downsamplePads());
            skips.push(x);
        }
        return x;
    }

    /** Without padding, diffusers adds a row below and a column to the right. */
    private long[] downsamplePads() {
        long pad = config.downsamplePadding();
        return pad == 0 ? new long[] {0, 0, 1, 1} : new long[] {pad, pad, pad, pad};
    }

    private Value middle(Value input, Block block) {
        Value x = resnet(input, "mid_block.resnets.0", block.channels(), config.middleScale());
        if (config.middleHasAttention()) {
            x = transformer(x, "mid_block.attentions.0", block);
            x = resnet(x, "mid_block.resnets.1", block.channels(), config.middleScale());
        }
        return x;
    }

    private Value up(Value input, int level) {
        Block block = config.up().get(level);
        String prefix = "up_blocks." + level;
        Value x = input;
        for (int i = 0; i < block.layers(); i++) {
            x = layers.concatChannels(x, skips.pop());
            x = resnet(x, prefix + ".resnets." + i, block.channels(), 1);
            if (block.attention()) {
                x = transformer(x, prefix + ".attentions." + i, block);
            }
        }
        if (level < config.up().size() - 1) {
            // As large as the skip it meets: twice as large, or one less where the way down rounded up.
            Value next = skips.element();
            x = layers.resize(x, next.dim(2), next.dim(3));
            x = layers.convolution(x, prefix + ".upsamplers.0.conv", block.channels(), 3);
        }
        return x;
    }

    /**
     * The vector that tells each residual block the time: sines and cosines of the timestep, then two matrices, then
     * the activation that every block applies before its own matrix. Ho et al. 2020, appendix B:
     *
     * <pre>
     * frequency k = exp(−ln(10000) · k / (half − shift)),  k = 0 … half − 1
     * </pre>
     */
    private Value timeEmbedding(TimeEmbedding embedding) {
        int half = embedding.channels() / 2;
        float[] frequencies = new float[half];
        for (int k = 0; k < half; k++) {
            float exponent = (float) -Math.log(10000) * k / (half - embedding.frequencyShift());
            frequencies[k] = (float) Math.exp(exponent);
        }
        Value timestep = layers.input("timestep", ElementType.FLOAT, 1, 1);
        Value angles = layers.reshape(
                layers.multiply(layers.reshape(layers.constant(frequencies), 1, half), timestep), 1, half);
        Value sines = layers.unary("Sin", angles);
        Value cosines = layers.unary("Cos", angles);
        Value x = embedding.cosineFirst() ? layers.concatLast(cosines, sines) : layers.concatLast(sines, cosines);
        if (embedding.conditionChannels().isPresent()) {
            Value condition = layers.input(
                    "timestep_cond",
                    ElementType.FLOAT,
                    1,
                    embedding.conditionChannels().get());
            x = layers.add(x, layers.matrix(condition, "time_embedding.cond_proj", embedding.channels()));
        }
        x = layers.linear(x, "time_embedding.linear_1", embedding.hidden());
        x = layers.activation(x, config.activation());
        x = layers.linear(x, "time_embedding.linear_2", embedding.hidden());
        return layers.activation(x, config.activation());
    }

    /** A residual block; {@code scale} divides its sum. */
    private Value resnet(Value input, String prefix, long channels, float scale) {
        Value x = norm(input, prefix + ".norm1");
        x = layers.activation(x, config.activation());
        x = layers.convolution(x, prefix + ".conv1", channels, 3);
        x = withTime(x, prefix, channels);
        x = layers.activation(x, config.activation());
        x = layers.convolution(x, prefix + ".conv2", channels, 3);
        Value shortcut =
                input.dim(1) == channels ? input : layers.convolution(input, prefix + ".conv_shortcut", channels, 1);
        Value sum = layers.add(shortcut, x);
        return scale == 1 ? sum : layers.affine(sum, 1 / scale, 0);
    }

    /** The second normalisation of a residual block, with the time before it, or scaling and shifting after it. */
    private Value withTime(Value x, String prefix, long channels) {
        String projection = prefix + ".time_emb_proj";
        if (!config.scaleShift()) {
            Value shift = layers.linear(time, projection, channels);
            return norm(layers.add(x, layers.reshape(shift, 1, channels, 1, 1)), prefix + ".norm2");
        }
        Value both = layers.reshape(layers.linear(time, projection, 2 * channels), 1, 2 * channels, 1, 1);
        Value normal = norm(x, prefix + ".norm2");
        Value scaled = layers.multiply(normal, layers.affine(layers.channels(both, 0, channels), 1, 1));
        return layers.add(scaled, layers.channels(both, channels, channels));
    }

    /** A transformer over the picture's pixels that looks at the prompt, with a residual around it. */
    private Value transformer(Value input, String prefix, Block block) {
        Value normal = layers.groupNorm(input, prefix + ".norm", config.norm().groups(), TRANSFORMER_NORM_EPSILON);
        Value x = project(layers.toSequence(normal), prefix + ".proj_in", block.channels());
        Value residual = layers.zerosLike(x);
        for (int i = 0; i < block.transformerLayers(); i++) {
            String layer = prefix + ".transformer_blocks." + i;
            Layers.Normalised first = layers.layerNorm(x, residual, layer + ".norm1", LAYER_NORM_EPSILON);
            Value context = block.onlyCrossAttention() ? prompt : first.value();
            x = attention(first.value(), context, layer + ".attn1", block);
            Layers.Normalised second = layers.layerNorm(x, first.sum(), layer + ".norm2", LAYER_NORM_EPSILON);
            x = attention(second.value(), prompt, layer + ".attn2", block);
            Layers.Normalised third = layers.layerNorm(x, second.sum(), layer + ".norm3", LAYER_NORM_EPSILON);
            x = feedForward(third.value(), layer + ".ff.net", block.channels());
            residual = third.sum();
        }
        x = project(layers.add(x, residual), prefix + ".proj_out", block.channels());
        return layers.add(layers.toPicture(x, input), input);
    }

    private Value project(Value x, String prefix, long channels) {
        return config.linearProjection()
                ? layers.linear(x, prefix, channels)
                : layers.linearAsConvolution(x, prefix, channels);
    }

    private Value attention(Value x, Value context, String prefix, Block block) {
        Value q = layers.matrix(x, prefix + ".to_q", block.channels());
        Value k = layers.matrix(context, prefix + ".to_k", block.channels());
        Value v = layers.matrix(context, prefix + ".to_v", block.channels());
        return layers.linear(layers.attention(q, k, v, block.heads(), false), prefix + ".to_out.0", block.channels());
    }

    /** GEGLU, Shazeer 2020: (x·V) ⊙ gelu(x·W), where V and W are the two halves of one stored matrix; then a matrix. */
    private Value feedForward(Value x, String prefix, long channels) {
        long inner = 4 * channels;
        Value value = layers.linearRows(x, prefix + ".0.proj", 2 * inner, 0, inner);
        Value gate = layers.linearRows(x, prefix + ".0.proj", 2 * inner, inner, inner);
        Value product = layers.multiply(value, layers.activation(gate, "gelu"));
        return layers.linear(product, prefix + ".2", channels);
    }

    private Value norm(Value x, String prefix) {
        return layers.groupNorm(x, prefix, config.norm().groups(), config.norm().epsilon());
    }
}
