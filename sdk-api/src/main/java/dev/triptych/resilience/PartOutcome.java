package dev.triptych.resilience;

import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import java.util.Optional;

/**
 * What became of one part of a split request: a result or an error.
 *
 * @param part what was asked for
 * @param result its pictures
 * @param error why there are none
 */
record PartOutcome(ImageRequest part, Optional<ImageResult> result, Optional<ImageGenerationException> error) {

    static PartOutcome of(ImageRequest part, ImageResult result) {
        return new PartOutcome(part, Optional.of(result), Optional.empty());
    }

    static PartOutcome of(ImageRequest part, ImageGenerationException error) {
        return new PartOutcome(part, Optional.empty(), Optional.of(error));
    }
}
