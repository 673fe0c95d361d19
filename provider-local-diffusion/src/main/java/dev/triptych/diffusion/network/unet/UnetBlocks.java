package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.FeedForward;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.network.unet.UnetConfig.Block;
import java.util.Deque;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What a U is made of: residual blocks that hear the time, transformers that look at the prompt, and the levels of
 * both. Reference: diffusers 0.36, models/unets/unet_2d_blocks.py, models/resnet.py, models/attention.py.
 */
final class UnetBlocks {

    private static final float TRANSFORMER_NORM_EPSILON = 1e-6f;
    private static final float LAYER_NORM_EPSILON = 1e-5f;

    private final UnetConfig config;
    private final Layers layers;
    private final Value prompt;
    private final Value time;
    private final ImageAttention pictures;
    private final AdapterFeatures features;
    private final PictureAndPromptAttention together;
    private final FreeUScaling freeU;
    private final PerturbedAttention perturbed;
    private final DeepPart deep;
    private final AttentionMaps maps;

    /**
     * @param prompt embeddings as the attention sees them, [1, tokens, crossAttentionDim]
     * @param time the vector of {@link TimeEmbedding}; every residual block applies the activation to it first
     * @param pictures what is attended to beside the prompt
     * @param features what is added on the way down
     * @param changes what is computed otherwise
     */
    UnetBlocks(
            UnetConfig config,
            Layers layers,
            Value prompt,
            Value time,
            ImageAttention pictures,
            AdapterFeatures features,
            UnetChanges changes) {
        this.config = config;
        this.layers = layers;
        this.prompt = prompt;
        this.time = layers.activation(time, config.activation());
        this.pictures = pictures;
        this.features = features;
        this.together = new PictureAndPromptAttention(config, layers, prompt);
        this.freeU = new FreeUScaling(layers, changes.freeU());
        this.perturbed = new PerturbedAttention(layers, changes.perturbed());
        this.deep = new DeepPart(config, layers, changes.cut());
        this.maps = new AttentionMaps(layers, changes.mapped());
    }

    /** A level on the way down; pushes what the way up will meet again. */
    Value down(Value input, int level, boolean halves, Deque<Value> skips) {
        Block block = config.down().get(level);
        String prefix = "down_blocks." + level;
        Value x = input;
        for (int i = 0; i < deep.layersDown(level); i++) {
            x = layer(x, prefix, i, block);
            boolean endsLevel = i == block.layers() - 1 && (block.attention() || !halves);
            x = endsLevel ? features.addedTo(x) : x;
            skips.push(x);
        }
        if (halves && deep.isAboveCut(level)) {
            x = block.glide()
                    ? resnet(x, prefix + ".downsamplers.0", block.channels(), 1, layers::halved)
                    : layers.convolution(x, prefix + ".downsamplers.0.conv", block.channels(), 3, 2, downsamplePads());
            x = block.attention() ? x : features.addedTo(x);
            skips.push(x);
        }
        return x;
    }

    /** The bottom: a residual block; with attention, or two layers, what looks at the prompt and another one. */
    Value middle(Value input, Block block) {
        Value x = resnet(input, "mid_block.resnets.0", block.channels(), config.middleScale());
        if (block.attention()) {
            x = attended(x, "mid_block.attentions.0", block, 0);
        }
        if (block.layers() > 1) {
            x = resnet(x, "mid_block.resnets.1", block.channels(), config.middleScale());
        }
        return features.addedTo(x);
    }

    /** A level on the way up; takes the skips that the way down left. */
    Value up(Value input, int level, boolean doubles, Deque<Value> skips) {
        Block block = config.up().get(level);
        String prefix = "up_blocks." + level;
        Value x = input;
        for (int i = deep.firstLayerUp(level); i < block.layers(); i++) {
            x = deep.meets(x, level, i, skips.element());
            Value skip = freeU.skip(skips.pop(), level);
            x = layer(layers.concatChannels(freeU.backbone(x, level), skip), prefix, i, block);
        }
        if (doubles && block.glide()) {
            return resnet(
                    x,
                    prefix + ".upsamplers.0",
                    block.channels(),
                    1,
                    small -> layers.resize(small, 2 * small.dim(2), 2 * small.dim(3)));
        }
        if (doubles) {
            // As large as the skip it meets: twice as large, or one less where the way down rounded up.
            Value next = skips.element();
            x = layers.enlargedConvolution(
                    x, prefix + ".upsamplers.0.conv", block.channels(), next.dim(2), next.dim(3));
        }
        return x;
    }

    /** Where its attentions over the prompt look. */
    AttentionMaps maps() {
        return maps;
    }

    /** Group normalisation with the U-Net's own groups and epsilon. */
    Value norm(Value x, String prefix) {
        return layers.groupNorm(x, prefix, config.norm().groups(), config.norm().epsilon());
    }

    private Value layer(Value input, String prefix, int index, Block block) {
        Value x = resnet(input, prefix + ".resnets." + index, block.channels(), 1);
        return block.attention() ? attended(x, prefix + ".attentions." + index, block, index) : x;
    }

    /** What looks at the prompt after the residual block {@code index} of a level. */
    private Value attended(Value x, String prefix, Block block, int index) {
        return block.glide()
                ? together.apply(x, prefix, block)
                : transformer(x, prefix, block, block.transformerLayers().get(index));
    }

    /** Without padding, diffusers adds a row below and a column to the right. */
    private long[] downsamplePads() {
        long pad = config.downsamplePadding();
        return pad == 0 ? new long[] {0, 0, 1, 1} : new long[] {pad, pad, pad, pad};
    }

    /** A residual block; {@code scale} divides its sum. */
    private Value resnet(Value input, String prefix, long channels, float scale) {
        return resnet(input, prefix, channels, scale, UnaryOperator.identity());
    }

    /** A residual block that changes the size: both ways around it are {@code resized}. */
    private Value resnet(Value before, String prefix, long channels, float scale, UnaryOperator<Value> resized) {
        Value x = norm(before, prefix + ".norm1");
        x = resized.apply(layers.activation(x, config.activation()));
        Value input = resized.apply(before);
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
            return norm(layers.add(x, layers.reshape(shift, shift.dim(0), channels, 1, 1)), prefix + ".norm2");
        }
        Value projected = layers.linear(time, projection, 2 * channels);
        Value both = layers.reshape(projected, projected.dim(0), 2 * channels, 1, 1);
        Value normal = norm(x, prefix + ".norm2");
        Value scaled = layers.multiply(normal, layers.affine(layers.channels(both, 0, channels), 1, 1));
        return layers.add(scaled, layers.channels(both, channels, channels));
    }

    /** A transformer over the picture's pixels that looks at the prompt, with a residual around it. */
    private Value transformer(Value input, String prefix, Block block, int depth) {
        Value normal = layers.groupNorm(input, prefix + ".norm", config.norm().groups(), TRANSFORMER_NORM_EPSILON);
        // A 1×1 convolution is the same matrix (use_linear_projection false).
        Value x = layers.linear(layers.toSequence(normal), prefix + ".proj_in", block.channels());
        Value residual = layers.zerosLike(x);
        for (int i = 0; i < depth; i++) {
            String layer = prefix + ".transformer_blocks." + i;
            Layers.Normalised first = layers.layerNorm(x, residual, layer + ".norm1", LAYER_NORM_EPSILON);
            Value context = block.onlyCrossAttention() ? prompt : first.value();
            x = attention(first.value(), context, layer + ".attn1", block, Optional.empty());
            Layers.Normalised second = layers.layerNorm(x, first.sum(), layer + ".norm2", LAYER_NORM_EPSILON);
            x = attention(second.value(), prompt, layer + ".attn2", block, Optional.of(input));
            Layers.Normalised third = layers.layerNorm(x, second.sum(), layer + ".norm3", LAYER_NORM_EPSILON);
            x = FeedForward.geglu(layers, third.value(), layer + ".ff.net", block.channels());
            residual = third.sum();
        }
        x = layers.linear(layers.add(x, residual), prefix + ".proj_out", block.channels());
        return layers.add(layers.toPicture(x, input), input);
    }

    /** @param seen the picture whose pixels look at the prompt; empty for self-attention */
    private Value attention(Value x, Value context, String prefix, Block block, Optional<Value> seen) {
        Value q = layers.matrix(x, prefix + ".to_q", block.channels());
        Value k = layers.matrix(context, prefix + ".to_k", block.channels());
        Value v = layers.matrix(context, prefix + ".to_v", block.channels());
        Value attended = Attention.multiHead(layers, q, k, v, block.heads(), false);
        seen.ifPresent(picture -> maps.hear(q, k, block.heads(), picture));
        attended = seen.isPresent()
                ? pictures.addedTo(attended, q, prefix, block)
                : perturbed.orValues(attended, v, prefix);
        return layers.linear(attended, prefix + ".to_out.0", block.channels());
    }
}
