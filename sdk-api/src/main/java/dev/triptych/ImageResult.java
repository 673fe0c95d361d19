package dev.triptych;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The pictures of a request, and everything worth knowing about how they came about. Immutable.
 *
 * @param images the pictures, in order; at least one
 * @param failures the pictures that did not come, while others did
 * @param warnings differences between what was asked and what was done
 * @param usage what the call used, where the provider says so
 * @param cost what the call cost, where it is known
 * @param execution how the result came about
 */
public record ImageResult(
        List<GeneratedImage> images,
        List<ImageFailure> failures,
        List<GenerationWarning> warnings,
        Optional<Usage> usage,
        Optional<Cost> cost,
        ExecutionRecord execution) {

    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if there is no picture: that is an exception, not a result
     */
    public ImageResult {
        images = List.copyOf(images);
        failures = List.copyOf(failures);
        warnings = List.copyOf(warnings);
        if (images.isEmpty()) {
            throw new IllegalArgumentException("a result must hold at least one picture but had none");
        }
    }

    /** A result of pictures alone. */
    public static ImageResult of(
            List<GeneratedImage> images, List<GenerationWarning> warnings, ExecutionRecord execution) {
        return new ImageResult(images, List.of(), warnings, Optional.empty(), Optional.empty(), execution);
    }

    /** The first picture. */
    public GeneratedImage image() {
        return images.get(0);
    }

    /** This result with other pictures. */
    public ImageResult withImages(List<GeneratedImage> value) {
        return new ImageResult(value, failures, warnings, usage, cost, execution);
    }

    /** This result with another execution record. */
    public ImageResult withExecution(ExecutionRecord value) {
        return new ImageResult(images, failures, warnings, usage, cost, value);
    }

    /** This result with more warnings after its own. */
    public ImageResult withMoreWarnings(List<GenerationWarning> more) {
        List<GenerationWarning> all = new ArrayList<>(warnings);
        all.addAll(more);
        return new ImageResult(images, failures, all, usage, cost, execution);
    }
}
