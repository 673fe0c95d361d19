/** The small autoencoder that stands in for a large one where speed counts: {@code AutoencoderTiny}. */
@NullMarked
package dev.triptych.diffusion.network.tinyvae;

import org.jspecify.annotations.NullMarked;
