package dev.triptych.diffusion.network.tinyvae;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.weights.Weights;
import java.util.List;

/**
 * The graphs of an {@code AutoencoderTiny} as diffusers 0.36 computes it (models/autoencoders/autoencoder_tiny.py, and
 * EncoderTiny and DecoderTiny in vae.py). Layers are numbered through, activations and enlargements counted.
 */
final class TinyVaeGraphs {

    private final Layers layers;

    private TinyVaeGraphs(String name, Weights weights) {
        this.layers = new Layers(name, weights);
    }

    /**
     * Latents to pixels: {@code latent_sample} [1, latentChannels, height, width] as the denoiser has them, to
     * {@code sample} [1, 3, height · f, width · f] about in [−1, 1].
     */
    static ModelGraph decoder(TinyVaeConfig config, Weights weights, int height, int width) {
        return new TinyVaeGraphs("tiny_vae_decoder", weights).decoder(config, height, width);
    }

    /**
     * Pixels to latents: {@code sample} [1, 3, height, width] in [−1, 1], to {@code latent_sample} [1, latentChannels,
     * height / f, width / f] as the denoiser has them.
     */
    static ModelGraph encoder(TinyVaeConfig config, Weights weights, int height, int width) {
        return new TinyVaeGraphs("tiny_vae_encoder", weights).encoder(config, height, width);
    }

    private ModelGraph decoder(TinyVaeConfig config, int height, int width) {
        Value x = layers.input("latent_sample", ElementType.FLOAT, 1, config.latentChannels(), height, width);
        x = layers.affine(x, 1 / config.latentMagnitude(), 0);
        x = layers.affine(layers.unary("Tanh", x), config.latentMagnitude(), 0);
        List<Integer> blocks = config.decoderBlocks();
        int channels = config.decoderWidths().get(0);
        x = layers.activation(layers.convolution(x, "decoder.layers.0", channels, 3), "relu");
        int layer = 2; // the activation was one
        for (int level = 0; level < blocks.size(); level++) {
            x = blocks(x, "decoder.layers.", layer, blocks.get(level));
            layer += blocks.get(level);
            if (level < blocks.size() - 1) {
                x = layers.resize(x, 2 * x.dim(2), 2 * x.dim(3));
                layer++;
                x = layers.convolutionWithoutBias(x, "decoder.layers." + layer, channels, 3, 1, 1);
                layer++;
            }
        }
        x = layers.convolution(x, "decoder.layers." + layer, 3, 3);
        layers.output("sample", layers.affine(x, 2, -1));
        return layers.finish();
    }

    private ModelGraph encoder(TinyVaeConfig config, int height, int width) {
        Value x = layers.input("sample", ElementType.FLOAT, 1, 3, height, width);
        x = layers.affine(layers.affine(x, 1, 1), 0.5f, 0);
        List<Integer> blocks = config.encoderBlocks();
        int channels = config.encoderWidths().get(0);
        int layer = 0;
        for (int level = 0; level < blocks.size(); level++) {
            String name = "encoder.layers." + layer;
            x = level == 0
                    ? layers.convolution(x, name, channels, 3)
                    : layers.convolutionWithoutBias(x, name, channels, 3, 2, 1);
            layer++;
            x = blocks(x, "encoder.layers.", layer, blocks.get(level));
            layer += blocks.get(level);
        }
        layers.output("latent_sample", layers.convolution(x, "encoder.layers." + layer, config.latentChannels(), 3));
        return layers.finish();
    }

    private Value blocks(Value input, String start, int first, int count) {
        Value x = input;
        for (int i = 0; i < count; i++) {
            x = block(x, start + (first + i));
        }
        return x;
    }

    /** Three convolutions and what came in, activated. */
    private Value block(Value input, String prefix) {
        Value x = input;
        long channels = input.dim(1);
        for (int i = 0; i < 3; i++) {
            x = i == 0 ? x : layers.activation(x, "relu");
            x = layers.convolution(x, prefix + ".conv." + 2 * i, channels, 3);
        }
        return layers.activation(layers.add(x, input), "relu");
    }
}
