package dev.triptych.diffusion.family;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The options that say what becomes of latents and pictures around the denoising loop, whatever the family. */
public final class PictureOptions {

    /** {@code full} (the default) or {@code tiny}: which autoencoder makes pixels of the latents. */
    public static final String DECODER = "local.decoder";

    /** {@code true}, {@code false} or {@code auto} (the default: large pictures only): autoencoding tile by tile. */
    public static final String TILED_VAE = "local.tiled-vae";

    /** An unfinished picture each so many evaluations; 0 = none. Changes no pixel. */
    public static final String PREVIEW_EVERY = "local.preview-every";

    /** How many times as large the second pass makes a picture, above 1 to 4: hires fix. */
    public static final String HIRES_SCALE = "local.hires-scale";

    /** Denoising steps of the second pass; those of the first by default. */
    public static final String HIRES_STEPS = "local.hires-steps";

    /** How far the second pass leaves the enlarged picture, in (0, 1]; 0.7 by default. */
    public static final String HIRES_STRENGTH = "local.hires-strength";

    /** {@code latent} (the default), {@code latent-bicubic}, {@code latent-nearest}, {@code lanczos}, or a name. */
    public static final String HIRES_UPSCALER = "local.hires-upscaler";

    /** The upscaler's content, as the result of a request states it; another one is refused then. */
    public static final String HIRES_UPSCALER_HASH = "local.hires-upscaler-hash";

    /** Whether pixels that the mask keeps are the input's own, to the byte; false by default. */
    public static final String KEEP_UNMASKED = "local.keep-unmasked";

    /** {@code LEFT,TOP,RIGHT,BOTTOM}: pixels to be painted around the input picture. */
    public static final String OUTPAINT = "local.outpaint";

    /** Edge of the tiles, in pixels, that the denoiser works on; the whole picture by default. */
    public static final String TILED_DIFFUSION = "local.tiled-diffusion";

    /** All but those that show the denoiser a part of the picture. */
    static final Set<String> WITHOUT_WINDOWS = Set.of(
            DECODER,
            TILED_VAE,
            PREVIEW_EVERY,
            HIRES_SCALE,
            HIRES_STEPS,
            HIRES_STRENGTH,
            HIRES_UPSCALER,
            HIRES_UPSCALER_HASH,
            KEEP_UNMASKED,
            OUTPAINT);

    static final Set<String> KEYS =
            Stream.concat(WITHOUT_WINDOWS.stream(), Stream.of(TILED_DIFFUSION)).collect(Collectors.toUnmodifiableSet());

    private PictureOptions() {}
}
