package dev.triptych.cache;

import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import java.util.List;

/**
 * What is kept of a result: all that is true of every request with the same key.
 *
 * @param images the pictures, in order
 * @param warnings what the generator warned of, without the differences that negotiation found
 * @param effectiveRequest what was asked of the provider
 */
record CachedResult(List<GeneratedImage> images, List<GenerationWarning> warnings, ImageRequest effectiveRequest) {

    /** Roughly what everything but the pictures takes in memory, in bytes. */
    private static final int OVERHEAD = 1024;

    CachedResult {
        images = List.copyOf(images);
        warnings = List.copyOf(warnings);
    }

    /** Bytes of memory: the pictures, those that the request started from, and something for the rest. */
    int weight() {
        long bytes = OVERHEAD;
        for (GeneratedImage image : images) {
            bytes += image.length();
        }
        for (ImageInput input : effectiveRequest.inputs()) {
            bytes += input.bytes().length;
        }
        return (int) Math.min(Integer.MAX_VALUE, bytes);
    }
}
