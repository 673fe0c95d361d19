package dev.triptych.diffusion.family;

import java.util.Set;

/** The options of control pictures. */
public final class ControlOptions {

    /**
     * Whether ControlNets guess: they act on the pass with the text alone, weaker towards the first skips; false by
     * default.
     */
    public static final String GUESS_MODE = "local.guess-mode";

    /**
     * What control pictures become before they steer: {@code canny}, {@code canny:LOW:HIGH}, {@code luminance},
     * {@code inversion}, {@code blur}, {@code blur:SIGMA}; {@code NAME=canny} for one control; commas between several.
     * They have the size of what is painted by then. As they are by default.
     */
    public static final String ANNOTATE = "local.annotate";

    /**
     * The contents of the controls, as the result of a request states them: {@code name=hash}; others are refused then.
     */
    public static final String HASHES = "local.control-hashes";

    static final Set<String> KEYS = Set.of(GUESS_MODE, ANNOTATE, HASHES);

    private ControlOptions() {}
}
