package dev.triptych.diffusion.family;

import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.InputRole;
import dev.triptych.diffusion.error.LocalErrors;
import dev.triptych.diffusion.pixels.Pixels;
import java.util.ArrayList;
import java.util.List;

/**
 * The pictures that a FLUX.2 model is shown beside the prompt: an input picture that nothing is drawn over, then those
 * of role REFERENCE, in their order. Reference: diffusers 0.42, pipelines/flux2/image_processor.py. Stateless.
 */
final class ReferencePictures {

    private static final int LARGEST_AREA = 1024 * 1024;
    private static final int SHORTEST_EDGE = 64;
    private static final int LARGEST_RATIO = 8;
    private static final int MULTIPLE = 16;

    private ReferencePictures() {}

    /** Whether the input picture of {@code request} is a reference: there is no strength, and no mask. */
    static boolean isReference(ImageRequest request) {
        return request.strength().isEmpty() && request.mask().isEmpty();
    }

    /**
     * The references of {@code request}, made smaller and cut where that is needed.
     *
     * @throws dev.triptych.UnsupportedRequestException if one cannot be read, or is too small or too long
     */
    static List<Pixels> of(ImageRequest request) {
        List<ImageInput> inputs = new ArrayList<>();
        if (isReference(request)) {
            inputs.addAll(request.inputs(InputRole.START));
        }
        inputs.addAll(request.inputs(InputRole.REFERENCE));
        return inputs.stream().map(ReferencePictures::prepared).toList();
    }

    private static Pixels prepared(ImageInput input) {
        try {
            return prepared(Pixels.decode(input.bytes()));
        } catch (IllegalArgumentException e) {
            throw LocalErrors.unsupported("a reference picture " + e.getMessage(), e);
        }
    }

    /** A picture of 1024² pixels at most, its edges multiples of 16: made smaller, then cut around its middle. */
    static Pixels prepared(Pixels picture) {
        int shorter = Math.min(picture.width(), picture.height());
        int longer = Math.max(picture.width(), picture.height());
        if (shorter < SHORTEST_EDGE || longer > LARGEST_RATIO * shorter) {
            throw new IllegalArgumentException("must have edges of at least " + SHORTEST_EDGE
                    + " pixels, one at most " + LARGEST_RATIO + " times the other, but was " + picture.width() + "x"
                    + picture.height());
        }
        Pixels smaller = picture;
        if ((long) picture.width() * picture.height() > LARGEST_AREA) {
            double factor = Math.sqrt((double) LARGEST_AREA / ((long) picture.width() * picture.height()));
            smaller = picture.resizeLanczos((int) (picture.width() * factor), (int) (picture.height() * factor));
        }
        return middle(smaller, smaller.width() / MULTIPLE * MULTIPLE, smaller.height() / MULTIPLE * MULTIPLE);
    }

    private static Pixels middle(Pixels picture, int width, int height) {
        int left = (picture.width() - width) / 2;
        int top = (picture.height() - height) / 2;
        byte[] from = picture.rgb();
        byte[] to = new byte[3 * width * height];
        for (int row = 0; row < height; row++) {
            System.arraycopy(from, 3 * ((top + row) * picture.width() + left), to, 3 * row * width, 3 * width);
        }
        return Pixels.of(width, height, to);
    }
}
