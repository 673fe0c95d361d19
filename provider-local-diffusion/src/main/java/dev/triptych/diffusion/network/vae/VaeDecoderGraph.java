package dev.triptych.diffusion.network.vae;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.Weights;

/**
 * The graph of an {@code AutoencoderKL}'s decoder as diffusers 0.36 computes it (models/autoencoders/vae.py).
 *
 * <p>Input: {@code latent_sample} [1, latentChannels, height, width], scaling factor divided out. Output:
 * {@code sample} [1, 3, height · f, width · f], about in [−1, 1], where f is {@link VaeConfig#scaleFactor()}.
 */
final class VaeDecoderGraph {

    private VaeDecoderGraph() {}

    /**
     * Builds the graph for one size.
     *
     * @param height the height in latent pixels
     * @param width the width in latent pixels
     * @param statistics where the normalisations take mean and variance from
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(VaeConfig config, Weights weights, int height, int width, GroupStatistics statistics) {
        VaeLayers vae = new VaeLayers("vae_decoder", config, weights, statistics);
        Layers layers = vae.layers();
        int levels = config.decoderChannels().size();
        Value x = layers.input("latent_sample", ElementType.FLOAT, 1, config.latentChannels(), height, width);
        if (config.postQuantConvolution()) {
            x = layers.convolution(x, "post_quant_conv", config.latentChannels(), 1);
        }
        x = layers.convolution(x, "decoder.conv_in", config.decoderChannels().get(levels - 1), 3);
        x = vae.middle(x, "decoder.mid_block");
        for (int i = 0; i < levels; i++) {
            String prefix = "decoder.up_blocks." + i;
            int channels = config.decoderChannels().get(levels - 1 - i);
            for (int j = 0; j < config.layers() + 1; j++) {
                x = vae.resnet(x, prefix + ".resnets." + j, channels);
            }
            if (i < levels - 1) {
                x = layers.enlargedConvolution(x, prefix + ".upsamplers.0.conv", channels, 2 * x.dim(2), 2 * x.dim(3));
            }
        }
        x = vae.normActivated(x, "decoder.conv_norm_out");
        layers.output("sample", layers.convolution(x, "decoder.conv_out", config.outChannels(), 3));
        return vae.finish();
    }
}
