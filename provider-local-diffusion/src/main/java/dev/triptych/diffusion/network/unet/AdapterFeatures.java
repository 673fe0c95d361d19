package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.onnx.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * The features of T2I-Adapters on the way down: inputs {@code adapter_feature.0}, {@code .1} …, each added where it
 * comes to lie. Reference: diffusers 0.36, unet_2d_condition.py, {@code forward}, and unet_2d_blocks.py: a level with
 * attention takes its feature after its last transformer, before its size is halved; a level without takes it at its
 * end, halved; one more goes behind the block at the bottom.
 */
final class AdapterFeatures {

    private final Layers layers;
    private final int count;
    private int added;

    /** The first {@code count} of them; no more are added. */
    AdapterFeatures(Layers layers, int count) {
        this.layers = layers;
        this.count = count;
    }

    /** {@code x} with the next feature, which has the same shape; {@code x} itself where there is none left. */
    Value addedTo(Value x) {
        if (added == count) {
            return x;
        }
        Value feature = layers.input(Unet.adapterFeature(added), ElementType.FLOAT, x.dims());
        added++;
        return layers.add(x, feature);
    }

    /**
     * The shapes that the features must have, [channels, height, width], for latents of a height and a width: one for
     * each level, and one for the block at the bottom where there is one.
     */
    static List<List<Integer>> shapes(UnetConfig config, int height, int width) {
        List<List<Integer>> shapes = new ArrayList<>();
        int h = height;
        int w = width;
        for (int level = 0; level < config.down().size(); level++) {
            UnetConfig.Block block = config.down().get(level);
            boolean halves = level < config.down().size() - 1;
            int halfHeight = halves ? half(h, config) : h;
            int halfWidth = halves ? half(w, config) : w;
            shapes.add(
                    List.of(block.channels(), block.attention() ? h : halfHeight, block.attention() ? w : halfWidth));
            h = halfHeight;
            w = halfWidth;
        }
        if (config.middle().isPresent()) {
            shapes.add(List.of(config.middle().get().channels(), h, w));
        }
        return List.copyOf(shapes);
    }

    /** What a convolution of three by three with stride two leaves of an edge. */
    static int half(int edge, UnetConfig config) {
        int pads = config.downsamplePadding() == 0 ? 1 : 2 * config.downsamplePadding();
        return (edge + pads - 3) / 2 + 1;
    }
}
