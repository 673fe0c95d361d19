/** The U-Net of latent diffusion: {@code UNet2DConditionModel}. */
@NullMarked
package dev.triptych.diffusion.network.unet;

import org.jspecify.annotations.NullMarked;
