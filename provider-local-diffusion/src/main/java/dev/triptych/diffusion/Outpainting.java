package dev.triptych.diffusion;

import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.InputRole;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.family.Options;
import dev.triptych.diffusion.family.PictureOptions;
import dev.triptych.diffusion.pixels.Mask;
import dev.triptych.diffusion.pixels.Pixels;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Painting beyond the edges of a picture: inpainting of the picture with more around it, all that is new being masked.
 * What is new begins as the nearest old pixel. Immutable.
 *
 * @param asked the request as it was made
 * @param widened the same as inpainting
 */
record Outpainting(ImageRequest asked, ImageRequest widened) {

    private static final Pattern MARGINS = Pattern.compile("\\d{1,5}(\\s*,\\s*\\d{1,5}){3}");

    /**
     * What a request asks for; empty where it asks for nothing new around a picture.
     *
     * @param factor pixels that one latent pixel stands for: edges become multiples of it, to the right and below
     * @throws dev.triptych.UnsupportedRequestException if the margins are none, or do not go with the request
     */
    static Optional<Outpainting> of(ImageRequest request, int factor) {
        Options options = new Options(request.options());
        if (!options.has(PictureOptions.OUTPAINT)) {
            return Optional.empty();
        }
        int[] margins = options.checked(PictureOptions.OUTPAINT, Outpainting::parse);
        boolean one =
                request.inputs().size() == 1 && request.inputs(InputRole.START).size() == 1;
        if (!one || request.mask().isPresent()) {
            throw LocalErrors.unsupported("option " + PictureOptions.OUTPAINT + " must come with one input picture and"
                    + " no mask but came with " + request.inputs().size() + " and "
                    + (request.mask().isPresent() ? "one" : "none"));
        }
        Pixels picture = decoded(request.inputs().get(0));
        int left = margins[0];
        int top = margins[1];
        int right = filled(left + picture.width() + margins[2], factor) - left - picture.width();
        int bottom = filled(top + picture.height() + margins[3], factor) - top - picture.height();
        Pixels larger = picture.extended(left, top, right, bottom);
        ImageSize size = new ImageSize(larger.width(), larger.height());
        request.size().filter(given -> !given.equals(size)).ifPresent(given -> {
            throw LocalErrors.unsupported(
                    "size must be left out with " + PictureOptions.OUTPAINT + ", or be " + size + ", but was " + given);
        });
        byte[] mask = Mask.outside(larger.width(), larger.height(), left, top, picture.width(), picture.height())
                .toPng();
        ImageRequest widened = request.toBuilder()
                .inputs(List.of(ImageInput.of(larger.toPng())))
                .mask(ImageInput.of(mask))
                .size(size)
                .build();
        return Optional.of(new Outpainting(request, widened));
    }

    /** {@code done}, which was made of the widened request, with the picture that was given. */
    ImageRequest narrowed(ImageRequest done) {
        return done.toBuilder().inputs(asked.inputs()).mask(null).build();
    }

    private static int filled(int edge, int factor) {
        return (edge + factor - 1) / factor * factor;
    }

    private static int[] parse(String text) {
        if (!MARGINS.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "must be four whole numbers, LEFT,TOP,RIGHT,BOTTOM, but was \"" + text + "\"");
        }
        String[] parts = text.split(",", -1);
        int[] margins = new int[parts.length];
        int sum = 0;
        for (int i = 0; i < parts.length; i++) {
            margins[i] = Integer.parseInt(parts[i].strip());
            sum += margins[i];
        }
        if (sum == 0) {
            throw new IllegalArgumentException("must have a margin above 0 but was \"" + text + "\"");
        }
        return margins;
    }

    private static Pixels decoded(ImageInput input) {
        try {
            return Pixels.decode(input.bytes());
        } catch (IllegalArgumentException e) {
            throw LocalErrors.unsupported(String.valueOf(e.getMessage()), e);
        }
    }
}
