/**
 * The local engine: from a prompt to pixels on this machine, without Python. Here a request ends its walk as a picture:
 * {@link dev.triptych.diffusion.LocalDiffusionGenerator} reads it once into a job, the text encoder turns the prompt
 * into rows of numbers, the seed becomes noise, the denoiser and the scheduler take the noise away step by step, and
 * the autoencoder makes pixels of what is left. {@code docs/how-it-works} tells each of these with pictures.
 */
@NullMarked
package dev.triptych.diffusion;

import org.jspecify.annotations.NullMarked;
