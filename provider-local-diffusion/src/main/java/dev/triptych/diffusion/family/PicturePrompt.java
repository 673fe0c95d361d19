package dev.triptych.diffusion.family;

import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.network.clip.ClipImageEncoder;
import dev.triptych.diffusion.network.ipadapter.IpAdapter;
import dev.triptych.diffusion.pixels.Pixels;
import java.util.List;

/**
 * Pictures that are looked at beside the prompt, through one IP-Adapter. Immutable.
 *
 * @param adapter how they are looked at
 * @param encoder the vision tower that sees them
 * @param pictures at least one, of any size
 * @param strength how much they count beside the prompt; 0 = not at all, 1 = as much as in training
 * @param start where in the steps that begins, 0 to 1
 * @param end where it ends, {@code start} to 1
 */
public record PicturePrompt(
        IpAdapter adapter, ClipImageEncoder encoder, List<Pixels> pictures, double strength, double start, double end) {

    /** Copies the list. */
    public PicturePrompt {
        pictures = List.copyOf(pictures);
        if (pictures.isEmpty()) {
            throw new IllegalArgumentException("pictures must be at least one but were none");
        }
    }

    /** The strength at {@code moment}: none outside its part of the steps. */
    float strengthAt(Denoiser.Moment moment) {
        return moment.isInside(start, end) ? (float) strength : 0;
    }
}
