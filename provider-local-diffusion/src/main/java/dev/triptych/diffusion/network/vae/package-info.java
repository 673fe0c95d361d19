/** The autoencoder of latent diffusion: {@code AutoencoderKL}. */
@NullMarked
package dev.triptych.diffusion.network.vae;

import org.jspecify.annotations.NullMarked;
