package dev.triptych.diffusion.network.controlnet;

import dev.triptych.diffusion.engine.ModelGraph;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.network.unet.UnetHalf;
import dev.triptych.diffusion.onnx.ElementType;
import java.util.List;

/**
 * The graph of a {@code ControlNetModel} as diffusers 0.36 computes it (models/controlnets/controlnet.py): the control
 * picture is added to what the first convolution gives, and a convolution of one by one stands behind each skip and the
 * bottom.
 *
 * <p>Inputs: those of the U-Net's first half, and {@code control_picture} [1, channels, factor · height, factor ·
 * width]. Outputs: {@code residual.0}, {@code .1} …, in the order of the way down, the last for the bottom.
 */
final class ControlnetGraph {

    static final String PICTURE = "control_picture";

    private ControlnetGraph() {}

    static String residual(int index) {
        return "residual." + index;
    }

    /**
     * Builds the graph for one shape.
     *
     * @param layers an empty graph over the weights
     * @param shape as {@link dev.triptych.diffusion.network.unet.Unet#shape} gives it
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    static ModelGraph build(ControlnetConfig config, Layers layers, Shape shape) {
        int channels = config.half().down().get(0).channels();
        UnetHalf half = UnetHalf.build(
                config.half(),
                layers,
                shape,
                x -> layers.add(x, hint(config, layers, picture(config, layers, x), channels)));
        List<Value> skips = half.skips();
        for (int i = 0; i < skips.size(); i++) {
            Value skip = skips.get(i);
            layers.output(residual(i), layers.convolution(skip, "controlnet_down_blocks." + i, skip.dim(1), 1));
        }
        Value bottom = half.bottom();
        layers.output(residual(skips.size()), layers.convolution(bottom, "controlnet_mid_block", bottom.dim(1), 1));
        return layers.finish();
    }

    private static Value picture(ControlnetConfig config, Layers layers, Value latents) {
        return layers.input(
                PICTURE,
                ElementType.FLOAT,
                layers.pictures(),
                config.pictureChannels(),
                latents.dim(2) * config.factor(),
                latents.dim(3) * config.factor());
    }

    /** {@code ControlNetConditioningEmbedding}: the picture, made as small as the latents. */
    private static Value hint(ControlnetConfig config, Layers layers, Value picture, long channels) {
        String prefix = "controlnet_cond_embedding.";
        List<Integer> widths = config.pictureWidths();
        Value x = layers.convolution(picture, prefix + "conv_in", widths.get(0), 3);
        x = layers.activation(x, "silu");
        for (int i = 0; i < widths.size() - 1; i++) {
            x = layers.convolution(x, prefix + "blocks." + 2 * i, widths.get(i), 3);
            x = layers.activation(x, "silu");
            String halving = prefix + "blocks." + (2 * i + 1);
            x = layers.convolution(x, halving, widths.get(i + 1), 3, 2, new long[] {1, 1, 1, 1});
            x = layers.activation(x, "silu");
        }
        return layers.convolution(x, prefix + "conv_out", channels, 3);
    }
}
