package dev.triptych.diffusion.network.vae;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.Weights;

/**
 * The graph of an {@code AutoencoderKL}'s encoder as diffusers 0.36 computes it (models/autoencoders/vae.py).
 *
 * <p>Input: {@code sample} [1, 3, height, width] in [−1, 1]. Output: {@code latent_parameters} [1, 2 · latentChannels,
 * height / f, width / f]: the means, then the logarithms of the variances, where f is {@link VaeConfig#scaleFactor()}.
 */
final class VaeEncoderGraph {

    private VaeEncoderGraph() {}

    /**
     * Builds the graph for one size.
     *
     * @param height the height in pixels, a multiple of f
     * @param width the width in pixels, a multiple of f
     * @param statistics where the normalisations take mean and variance from
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(VaeConfig config, Weights weights, int height, int width, GroupStatistics statistics) {
        VaeLayers vae = new VaeLayers("vae_encoder", config, weights, statistics);
        Layers layers = vae.layers();
        int levels = config.channels().size();
        Value x = layers.input("sample", ElementType.FLOAT, 1, config.inChannels(), height, width);
        x = layers.convolution(x, "encoder.conv_in", config.channels().get(0), 3);
        for (int i = 0; i < levels; i++) {
            String prefix = "encoder.down_blocks." + i;
            int channels = config.channels().get(i);
            for (int j = 0; j < config.layers(); j++) {
                x = vae.resnet(x, prefix + ".resnets." + j, channels);
            }
            if (i < levels - 1) {
                // Padded below and to the right only, unlike the U-Net's.
                x = layers.convolution(x, prefix + ".downsamplers.0.conv", channels, 3, 2, 0, 0, 1, 1);
            }
        }
        x = vae.middle(x, "encoder.mid_block");
        x = vae.normActivated(x, "encoder.conv_norm_out");
        x = layers.convolution(x, "encoder.conv_out", 2L * config.latentChannels(), 3);
        if (config.quantConvolution()) {
            x = layers.convolution(x, "quant_conv", 2L * config.latentChannels(), 1);
        }
        layers.output("latent_parameters", x);
        return vae.finish();
    }
}
