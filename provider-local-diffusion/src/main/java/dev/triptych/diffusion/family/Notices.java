package dev.triptych.diffusion.family;

import dev.triptych.GenerationWarning;
import dev.triptych.NegotiationMode;
import dev.triptych.diffusion.error.LocalErrors;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the differences between a request and what is done; in STRICT mode the first one ends it. Not thread-safe.
 */
public final class Notices {

    private final NegotiationMode mode;
    private final List<GenerationWarning> warnings = new ArrayList<>();

    /** Notices of a request that is carried out in {@code mode}. */
    public Notices(NegotiationMode mode) {
        this.mode = mode;
    }

    /**
     * A setting had no effect.
     *
     * @throws dev.triptych.UnsupportedRequestException in STRICT mode
     */
    public void ignored(String field, String message) {
        differ(GenerationWarning.ignored(field, message));
    }

    /**
     * Another value was taken.
     *
     * @throws dev.triptych.UnsupportedRequestException in STRICT mode
     */
    public void adapted(String field, String message) {
        differ(GenerationWarning.adapted(field, message));
    }

    /**
     * The end of a text was cut off.
     *
     * @param strict the message in STRICT mode, which quotes nothing
     * @throws dev.triptych.UnsupportedRequestException in STRICT mode
     */
    public void truncated(String field, String message, String strict) {
        if (mode == NegotiationMode.STRICT) {
            throw LocalErrors.unsupported(strict);
        }
        warnings.add(GenerationWarning.truncated(field, message));
    }

    /** Worth knowing, in any mode. */
    public void notice(String field, String message) {
        warnings.add(GenerationWarning.notice(field, message));
    }

    /** A warning that somebody else worded; worth knowing, in any mode. */
    public void add(GenerationWarning notice) {
        warnings.add(notice);
    }

    /** What was collected. */
    public List<GenerationWarning> all() {
        return List.copyOf(warnings);
    }

    private void differ(GenerationWarning warning) {
        if (mode == NegotiationMode.STRICT) {
            throw LocalErrors.unsupported(warning.message());
        }
        warnings.add(warning);
    }
}
