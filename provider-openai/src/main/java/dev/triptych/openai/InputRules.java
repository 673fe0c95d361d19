package dev.triptych.openai;

import java.util.Set;

/**
 * What a model takes as an input picture.
 *
 * @param mediaTypes formats it reads; anything else is converted to PNG
 * @param maxBytes the largest file
 * @param maskMaxBytes the largest mask
 * @param square whether width and height must be equal
 */
record InputRules(Set<String> mediaTypes, long maxBytes, long maskMaxBytes, boolean square) {

    private static final long MEGABYTE = 1_000_000;

    /** The GPT image family: PNG, WebP or JPEG below 50 MB, the mask below 4 MB (images.ts 7.57.0). */
    static final InputRules GPT_IMAGE =
            new InputRules(Set.of("image/png", "image/jpeg", "image/webp"), 50 * MEGABYTE, 4 * MEGABYTE, false);

    /** Stability: PNG, JPEG or WebP; a request of at most 10 MiB. */
    static final InputRules STABILITY =
            new InputRules(Set.of("image/png", "image/jpeg", "image/webp"), 10 * MEGABYTE, 4 * MEGABYTE, false);

    /** Copies the set. */
    InputRules {
        mediaTypes = Set.copyOf(mediaTypes);
    }
}
