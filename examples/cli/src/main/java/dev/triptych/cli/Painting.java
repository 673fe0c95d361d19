package dev.triptych.cli;

import dev.triptych.Cancellation;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Makes the pictures of one request. Where they cost nothing, one after the other: each is written before the next is
 * begun, so that whoever stops after two of four keeps the two. What may cost is asked for as a whole, since a budget
 * looks at the whole.
 */
final class Painting {

    private final ImageGenerator generator;
    private final Progress progress;
    private final Cancellation cancellation;

    Painting(ImageGenerator generator, Progress progress, Cancellation cancellation) {
        this.generator = generator;
        this.progress = progress;
        this.cancellation = cancellation;
    }

    /**
     * Makes the pictures of {@code request} and hands them to {@code made}, as soon as they are there.
     *
     * @param oneByOne whether pictures may be handed over one by one
     * @throws ImageGenerationException if one does not come; those before it were handed over, and the message says how
     *     many
     */
    void paint(ImageRequest request, boolean oneByOne, Consumer<ImageResult> made) {
        if (!oneByOne || request.count() == 1 || generator.capabilities().costClass() != CostClass.FREE) {
            made.accept(progress.generate(generator, request, cancellation));
            return;
        }
        ImageRequest next = request.toBuilder().count(1).build();
        for (int i = 0; i < request.count(); i++) {
            requireGoingOn(i, request.count());
            progress.of((i + 1) + " of " + request.count());
            ImageResult result = progress.generate(generator, next, cancellation);
            made.accept(result);
            next = withNextSeed(next, result);
        }
    }

    private void requireGoingOn(int done, int count) {
        if (cancellation.isCancelled()) {
            throw new GenerationCancelledException(
                    "stopped after " + done + " of " + count + " pictures",
                    ErrorOrigin.of(generator.info().provider(), Outcome.NOT_SENT));
        }
    }

    private static ImageRequest withNextSeed(ImageRequest request, ImageResult result) {
        OptionalLong seed = result.image().seed();
        return seed.isPresent() ? request.toBuilder().seed(seed.getAsLong() + 1).build() : request;
    }
}
