package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * What ControlNets add to a U-Net: inputs {@code control_residual.0}, {@code .1} …, one for each skip in the order of
 * the way down, the last for the bottom. Reference: diffusers 0.36, unet_2d_condition.py, {@code forward}:
 * {@code down_block_additional_residuals}, {@code mid_block_additional_residual}.
 */
final class ControlResiduals {

    private final Layers layers;
    private final boolean present;
    private int added;

    /** Residuals where they are {@code present}; else nothing is added. */
    ControlResiduals(Layers layers, boolean present) {
        this.layers = layers;
        this.present = present;
    }

    /** {@code x} with the next residual, which has the same shape. */
    Value addedTo(Value x) {
        if (!present) {
            return x;
        }
        Value residual = layers.input(Unet.controlResidual(added), ElementType.FLOAT, x.dims());
        added++;
        return layers.add(x, residual);
    }

    /** The shapes of the residuals, [channels, height, width], for latents of a height and a width. */
    static List<List<Integer>> shapes(UnetConfig config, int height, int width) {
        List<List<Integer>> shapes = new ArrayList<>();
        int h = height;
        int w = width;
        shapes.add(List.of(config.down().get(0).channels(), h, w));
        for (int level = 0; level < config.down().size(); level++) {
            UnetConfig.Block block = config.down().get(level);
            for (int layer = 0; layer < block.layers(); layer++) {
                shapes.add(List.of(block.channels(), h, w));
            }
            if (level < config.down().size() - 1) {
                h = AdapterFeatures.half(h, config);
                w = AdapterFeatures.half(w, config);
                shapes.add(List.of(block.channels(), h, w));
            }
        }
        shapes.add(List.of(config.down().get(config.down().size() - 1).channels(), h, w));
        return List.copyOf(shapes);
    }
}
