package dev.triptych.diffusion;

import dev.triptych.ImageRequest;
import dev.triptych.diffusion.pixels.PlaneResampling;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A second pass over an enlarged picture: hires fix, as A1111 has it ({@code modules/processing.py},
 * {@code sample_hr_pass}). Noise begins anew from the picture's seed.
 *
 * @param job the pass: its own size, loop and prompt
 * @param strength how far it leaves the enlarged picture, in (0, 1]
 * @param latents enlarges latents; empty = pixels are enlarged
 * @param pixels enlarges pixels, where latents are not enlarged
 * @param options what a request says that asks for this pass, with everything that was filled in
 */
record SecondPass(
        PictureJob job,
        double strength,
        Optional<PlaneResampling> latents,
        Enlarger pixels,
        Map<String, String> options) {

    /** Copies the map. */
    SecondPass {
        options = Map.copyOf(options);
    }

    /** The request with what was filled in. */
    ImageRequest stated(ImageRequest request) {
        Map<String, String> all = new TreeMap<>(request.options());
        all.putAll(options);
        return request.toBuilder().options(all).build();
    }

    /** Names no prompt: this may reach a log. */
    @Override
    public String toString() {
        return "SecondPass[" + job + "]";
    }
}
