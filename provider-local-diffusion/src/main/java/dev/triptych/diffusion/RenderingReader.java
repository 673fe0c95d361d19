package dev.triptych.diffusion;

import dev.triptych.diffusion.Rendering.Previews;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.LatentCodec;
import dev.triptych.diffusion.family.LatentColours;
import dev.triptych.diffusion.family.LatentSize;
import dev.triptych.diffusion.family.Notices;
import dev.triptych.diffusion.family.Options;
import dev.triptych.diffusion.family.PictureOptions;
import dev.triptych.diffusion.pixels.Tiling;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads what a request says of encoding, decoding, previews and windows: the options of {@link PictureOptions}.
 * Immutable.
 *
 * @param options the request's options
 * @param previewEvery previews where the request does not say; 0 = none
 */
record RenderingReader(Options options, int previewEvery) {

    /** From this many latent pixels on, {@code auto} works tile by tile: 1024x1536 pixels are done at once. */
    private static final int TILED_FROM = 128 * 192 + 1;

    /** Windows overlap by this part of their edge. */
    private static final int OVERLAP_SHARE = 4;

    private static final int SMALLEST_WINDOW = 16;

    private enum Decoder {
        FULL,
        TINY
    }

    private enum Tiles {
        TRUE,
        FALSE,
        AUTO
    }

    /**
     * The rendering of a picture.
     *
     * @param first the model that begins it
     * @param last the model that finishes it
     * @param size its latents
     * @param masked whether there is a mask
     * @throws dev.triptych.UnsupportedRequestException if an option cannot be used
     */
    Rendering read(Family first, Family last, LatentSize size, boolean masked, Notices notices) {
        boolean tiles = tiles(last, size, notices);
        LatentCodec encoder = tiles ? first.codec().tiled().orElse(first.codec()) : first.codec();
        boolean tiny = choice(PictureOptions.DECODER, Decoder.class, Decoder.FULL) == Decoder.TINY;
        LatentCodec decoder = tiny
                ? last.tinyCodec()
                        .orElseThrow(() -> LocalErrors.unsupported("option " + PictureOptions.DECODER
                                + " must be full where there is no tiny autoencoder but was tiny: give one as the"
                                + " component tiny_vae"))
                : tiles ? last.codec().tiled().orElse(last.codec()) : last.codec();
        boolean keeps = options.flag(PictureOptions.KEEP_UNMASKED);
        if (keeps && !masked) {
            notices.ignored(
                    "options." + PictureOptions.KEEP_UNMASKED,
                    PictureOptions.KEEP_UNMASKED + " has no effect without a mask");
        }
        return new Rendering(
                encoder, decoder, tiles, previews(last, notices), keeps && masked, windows(first, size, notices));
    }

    private boolean tiles(Family family, LatentSize size, Notices notices) {
        Tiles asked = choice(PictureOptions.TILED_VAE, Tiles.class, Tiles.AUTO);
        boolean large = size.height() * size.width() >= TILED_FROM;
        boolean can = family.codec().tiled().isPresent();
        if (asked == Tiles.TRUE && !can) {
            notices.ignored(
                    "options." + PictureOptions.TILED_VAE,
                    PictureOptions.TILED_VAE + " has no effect with this autoencoder");
        }
        return can && (asked == Tiles.TRUE || (asked == Tiles.AUTO && large));
    }

    private Optional<Previews> previews(Family family, Notices notices) {
        int every = options.wholeNumber(PictureOptions.PREVIEW_EVERY, 0, 1000).orElse(previewEvery);
        if (every == 0) {
            return Optional.empty();
        }
        Optional<LatentCodec> tiny = family.tinyCodec();
        Optional<LatentColours> colours = family.colours();
        if (tiny.isEmpty() && colours.isEmpty()) {
            if (options.has(PictureOptions.PREVIEW_EVERY)) {
                notices.notice(
                        "options." + PictureOptions.PREVIEW_EVERY,
                        "no previews: nothing is known of what this model's latents look like");
            }
            return Optional.empty();
        }
        return Optional.of(new Previews(every, tiny, colours));
    }

    /** The denoiser's windows; none where the picture is no larger than one. */
    private Optional<Tiling> windows(Family family, LatentSize size, Notices notices) {
        int factor = family.latents().factor();
        int least = SMALLEST_WINDOW * factor;
        if (!options.has(PictureOptions.TILED_DIFFUSION)) {
            return Optional.empty();
        }
        int edge = options.wholeNumber(PictureOptions.TILED_DIFFUSION, least, 1 << 14)
                .orElseThrow();
        int multiple = 8 * factor;
        if (edge % multiple != 0) {
            throw LocalErrors.unsupported("option " + PictureOptions.TILED_DIFFUSION + " must be a multiple of "
                    + multiple + " but was " + edge);
        }
        int window = edge / factor;
        Tiling tiling = Tiling.of(size.height(), size.width(), window, window / OVERLAP_SHARE);
        if (tiling.tiles().size() == 1) {
            notices.ignored(
                    "options." + PictureOptions.TILED_DIFFUSION,
                    PictureOptions.TILED_DIFFUSION + " has no effect: the picture is no larger than one tile");
            return Optional.empty();
        }
        return Optional.of(tiling);
    }

    private <E extends Enum<E>> E choice(String key, Class<E> kind, E standard) {
        return options.has(key) ? options.checked(key, text -> parse(text, kind)) : standard;
    }

    private static <E extends Enum<E>> E parse(String text, Class<E> kind) {
        for (E each : kind.getEnumConstants()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(text)) {
                return each;
            }
        }
        StringBuilder names = new StringBuilder();
        for (E each : kind.getEnumConstants()) {
            names.append(names.isEmpty() ? "" : " or ").append(each.name().toLowerCase(Locale.ROOT));
        }
        throw new IllegalArgumentException("must be " + names + " but was \"" + text + "\"");
    }
}
