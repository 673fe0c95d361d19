package dev.triptych.diffusion.checkpoint;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a model that is one file is read. Immutable.
 *
 * @param config a diffusers directory whose configs, tokenizers and scheduler are used instead of what the tensors'
 *     shapes tell; empty = none
 * @param ema whether the averaged weights of the U-Net are taken where plain ones stand beside them
 */
public record SingleFileOptions(Optional<Path> config, boolean ema) {

    /** The config from the shapes, and the plain weights. */
    public static SingleFileOptions standard() {
        return new SingleFileOptions(Optional.empty(), false);
    }
}
