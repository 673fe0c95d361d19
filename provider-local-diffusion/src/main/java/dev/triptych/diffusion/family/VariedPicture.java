package dev.triptych.diffusion.family;

import dev.triptych.ImageRequest;
import dev.triptych.InputRole;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.pixels.Pixels;
import java.util.Optional;

/** The input picture of a request, for models that vary it as a whole. Stateless. */
final class VariedPicture {

    private VariedPicture() {}

    /**
     * The picture of {@code request}, if it has one.
     *
     * @throws dev.triptych.UnsupportedRequestException if it cannot be read
     */
    static Optional<Pixels> of(ImageRequest request) {
        try {
            return request.inputs(InputRole.START).stream().findFirst().map(input -> Pixels.decode(input.bytes()));
        } catch (IllegalArgumentException e) {
            throw LocalErrors.unsupported(String.valueOf(e.getMessage()), e);
        }
    }

    /** Strength means image-to-image by noise, which is another thing than a variation. */
    static void refuseStrength(ImageRequest request) {
        request.strength().ifPresent(strength -> {
            throw LocalErrors.unsupported("strength must not be given, because an input picture is varied as a whole"
                    + " here and not drawn over, but was " + strength);
        });
    }
}
