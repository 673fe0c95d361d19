package dev.triptych.diffusion;

import dev.triptych.diffusion.family.LatentCodec;
import dev.triptych.diffusion.family.LatentColours;
import dev.triptych.diffusion.family.LatentSize;
import dev.triptych.diffusion.pixels.Tiling;
import java.util.Optional;

/**
 * What stands around the denoising loop of a job: how pictures become latents and latents pictures, and how much of
 * them the denoiser sees at once. Immutable.
 *
 * @param encoder pixels to latents
 * @param decoder latents to pixels
 * @param tiled whether both work tile by tile
 * @param previews what shows unfinished pictures; empty = none
 * @param keepsUnmasked whether pixels outside the mask are the input's own
 * @param windows where the denoiser's windows are; empty = it sees the whole
 */
record Rendering(
        LatentCodec encoder,
        LatentCodec decoder,
        boolean tiled,
        Optional<Previews> previews,
        boolean keepsUnmasked,
        Optional<Tiling> windows) {

    /**
     * What shows unfinished pictures.
     *
     * @param every each so many evaluations, from 1
     * @param tiny shows latents truly; empty = by colours
     * @param colours shows latents roughly
     */
    record Previews(int every, Optional<LatentCodec> tiny, Optional<LatentColours> colours) {

        /** Whether there is one after {@code done} of {@code total} evaluations; the last is the picture itself. */
        boolean isAt(int done, int total) {
            return done % every == 0 && done < total;
        }
    }

    /** The size of the latents that the denoiser sees at once, of {@code whole}. */
    LatentSize seen(LatentSize whole) {
        return windows.map(tiling -> new LatentSize(whole.channels(), tiling.tileHeight(), tiling.tileWidth()))
                .orElse(whole);
    }
}
