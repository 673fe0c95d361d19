package dev.triptych.examples.sparkbatch;

import java.util.Locale;

/** What became of a row. */
enum PictureState {
    /** The picture is there. */
    PAINTED,
    /** Nothing was spent, and another run may try again. */
    FAILED,
    /** It may have been billed, and there is no picture. It is never tried again by itself: a person decides. */
    UNKNOWN;

    /** The word in the table. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
