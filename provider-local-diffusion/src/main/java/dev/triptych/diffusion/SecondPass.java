package dev.triptych.diffusion;

import dev.triptych.diffusion.pixels.PlaneResampling;
import java.util.Optional;

/**
 * A second pass over an enlarged picture: hires fix, as A1111 has it ({@code modules/processing.py},
 * {@code sample_hr_pass}). Noise begins anew from the picture's seed.
 *
 * @param job the pass: its own size, loop and prompt
 * @param strength how far it leaves the enlarged picture, in (0, 1]
 * @param latents enlarges latents; empty = pixels are enlarged
 * @param pixels enlarges pixels, where latents are not enlarged
 */
record SecondPass(PictureJob job, double strength, Optional<PlaneResampling> latents, Enlarger pixels) {

    /** Names no prompt: this may reach a log. */
    @Override
    public String toString() {
        return "SecondPass[" + job + "]";
    }
}
