/**
 * The kinds of checkpoint there are, one file each: what it is made of, what it can do, its defaults, and how its three
 * parts (prompt encoder, denoiser, latent codec) are built.
 */
@NullMarked
package dev.triptych.diffusion.family;

import org.jspecify.annotations.NullMarked;
