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
     * The contents of the controls, as the result of a request states them: {@code name=hash}; others are refused then.
     */
    public static final String HASHES = "local.control-hashes";

    static final Set<String> KEYS = Set.of(GUESS_MODE, HASHES);

    private ControlOptions() {}
}
