/** What a denoiser is, and what steers one: guidance as a denoiser over a denoiser. */
@NullMarked
package dev.triptych.diffusion.guide;

import org.jspecify.annotations.NullMarked;
