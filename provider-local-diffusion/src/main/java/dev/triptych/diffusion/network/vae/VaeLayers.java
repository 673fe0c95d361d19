package dev.triptych.diffusion.network.vae;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.network.layers.Attention;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.weights.Weights;

/** What an autoencoder's two halves share: residual blocks without a time, and the middle with its wide attention. */
final class VaeLayers {

    private static final float EPSILON = 1e-6f;

    private final VaeConfig config;
    private final Layers layers;
    private final GroupStatistics statistics;

    /** @param statistics where the normalisations take mean and variance from */
    VaeLayers(String name, VaeConfig config, Weights weights, GroupStatistics statistics) {
        this.config = config;
        this.statistics = statistics;
        this.layers = new Layers(name, weights);
    }

    Layers layers() {
        return layers;
    }

    /** The finished graph. */
    ModelGraph finish() {
        statistics.finish(layers);
        return layers.finish();
    }

    Value resnet(Value input, String prefix, long channels) {
        Value x = normActivated(input, prefix + ".norm1");
        x = layers.convolution(x, prefix + ".conv1", channels, 3);
        x = normActivated(x, prefix + ".norm2");
        x = layers.convolution(x, prefix + ".conv2", channels, 3);
        Value shortcut =
                input.dim(1) == channels ? input : layers.convolution(input, prefix + ".conv_shortcut", channels, 1);
        return layers.add(shortcut, x);
    }

    /** The middle: a residual block, attention if the config has it, a residual block. */
    Value middle(Value input, String prefix) {
        Value x = resnet(input, prefix + ".resnets.0", input.dim(1));
        if (config.middleAttention()) {
            x = attention(x, prefix + ".attentions.0");
        }
        return resnet(x, prefix + ".resnets.1", x.dim(1));
    }

    /** Group normalisation, then SiLU. */
    Value normActivated(Value x, String prefix) {
        return layers.silu(norm(x, prefix));
    }

    private Value norm(Value x, String prefix) {
        return statistics.normalised(layers, x, prefix, config.groups(), EPSILON);
    }

    private Value attention(Value input, String prefix) {
        long channels = input.dim(1);
        Value x = layers.toSequence(norm(input, prefix + ".group_norm"));
        Value q = layers.linear(x, prefix + ".to_q", channels);
        Value k = layers.linear(x, prefix + ".to_k", channels);
        Value v = layers.linear(x, prefix + ".to_v", channels);
        Value attended = layers.linear(Attention.wide(layers, q, k, v), prefix + ".to_out.0", channels);
        return layers.add(layers.toPicture(attended, input), input);
    }
}
