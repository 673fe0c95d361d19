/** Schedulers: how a noise prediction becomes the next latents, one scheduler a file, configured as diffusers' are. */
@NullMarked
package dev.triptych.diffusion.scheduler;

import org.jspecify.annotations.NullMarked;
