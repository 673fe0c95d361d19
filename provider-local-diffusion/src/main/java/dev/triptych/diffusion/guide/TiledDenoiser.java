package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.pixels.Tiling;
import java.util.List;

/**
 * Denoises a picture in windows of one size, whose predictions are averaged where they lie over each other: a picture
 * of any size by a network at one. Bar-Tal et al., "MultiDiffusion: Fusing Diffusion Paths for Controlled Image
 * Generation" (2023), equation 5, which averages the latents after the step; the same where a step is linear in the
 * prediction, as those of Euler and DDIM are. Windows fade into each other, so that few are enough. Serves one picture.
 */
public final class TiledDenoiser implements Denoiser {

    private final Tiling tiling;
    private final List<Denoiser> windows;
    private final int channels;

    /**
     * A denoiser in windows.
     *
     * @param tiling where the windows are, in latent pixels
     * @param windows a denoiser for each of {@link Tiling#tiles()}, for latents of that size
     * @param channels channels of a prediction
     */
    public TiledDenoiser(Tiling tiling, List<Denoiser> windows, int channels) {
        this.tiling = tiling;
        this.windows = List.copyOf(windows);
        this.channels = channels;
    }

    @Override
    public float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation) {
        Tiling.Mosaic mosaic = tiling.mosaic(channels);
        List<Tiling.Tile> tiles = tiling.tiles();
        for (int i = 0; i < tiles.size(); i++) {
            float[] window = tiling.cut(input, tiles.get(i));
            mosaic.add(tiles.get(i), windows.get(i).predict(window, moment, text, cancellation));
        }
        return mosaic.finish();
    }
}
