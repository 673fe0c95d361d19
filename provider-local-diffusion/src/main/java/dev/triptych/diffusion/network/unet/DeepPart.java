package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.network.layers.Layers;
import dev.triptych.diffusion.network.layers.Value;
import dev.triptych.diffusion.network.unet.UnetChanges.DeepCut;
import dev.triptych.diffusion.onnx.ElementType;
import java.util.Optional;

/**
 * What lies below a cut through the U. Where it is computed, the value that comes back from it is the output
 * {@code deep}; where it is left out, that is an input. All skips of what is above the cut are computed above it.
 *
 * <p>Reference: Ma et al., "DeepCache: Accelerating Diffusion Models for Free" (2024), section 3.3; the package of that
 * name, 0.1.1, extension/deepcache.py.
 */
final class DeepPart {

    private final UnetConfig config;
    private final Layers layers;
    private final Optional<DeepCut> cut;

    DeepPart(UnetConfig config, Layers layers, Optional<DeepCut> cut) {
        this.config = config;
        this.layers = layers;
        this.cut = cut;
    }

    /** How many layers of a level of the way down are computed. */
    int layersDown(int level) {
        return isAboveCut(level)
                ? config.down().get(level).layers()
                : cut.orElseThrow().layer();
    }

    /** Whether a level of the way down is computed to its end. */
    boolean isAboveCut(int level) {
        return cut.filter(DeepCut::shallow).isEmpty()
                || level < cut.orElseThrow().block();
    }

    /** The first layer of a level of the way up that is computed. */
    int firstLayerUp(int level) {
        return cut.filter(DeepCut::shallow).isPresent() && isLevelOfCut(level) ? layerOfCut(level) : 0;
    }

    /** {@code x} before a layer of the way up, where {@code skip} is met; at the cut that is what comes from below. */
    Value meets(Value x, int level, int layer, Value skip) {
        if (cut.isEmpty() || !isLevelOfCut(level) || layer != layerOfCut(level)) {
            return x;
        }
        if (!cut.get().shallow()) {
            layers.output(Unet.DEEP, x);
            return x;
        }
        return layers.input(
                Unet.DEEP,
                ElementType.FLOAT,
                layers.pictures(),
                channelsBefore(level, layer),
                skip.dim(2),
                skip.dim(3));
    }

    private boolean isLevelOfCut(int level) {
        return level == config.up().size() - 1 - cut.orElseThrow().block();
    }

    private int layerOfCut(int level) {
        return config.up().get(level).layers() - 1 - cut.orElseThrow().layer();
    }

    private long channelsBefore(int level, int layer) {
        if (layer > 0) {
            return config.up().get(level).channels();
        }
        if (level > 0) {
            return config.up().get(level - 1).channels();
        }
        return config.down().get(config.down().size() - 1).channels();
    }
}
