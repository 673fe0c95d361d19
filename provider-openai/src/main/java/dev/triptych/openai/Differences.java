package dev.triptych.openai;

import dev.triptych.GenerationWarning;
import dev.triptych.NegotiationMode;
import dev.triptych.UnsupportedRequestException;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects how the call differs from what was asked: a warning each, or an error in mode
 * {@link NegotiationMode#STRICT}. Serves one call; not thread-safe.
 */
final class Differences {

    private final NegotiationMode mode;
    private final String providerId;
    private final List<GenerationWarning> warnings = new ArrayList<>();

    Differences(NegotiationMode mode, String providerId) {
        this.mode = mode;
        this.providerId = providerId;
    }

    /** Differences that {@code other} has noted already, for what is done twice; in no mode an error. */
    Differences(Differences other) {
        this(NegotiationMode.ADAPT, other.providerId);
    }

    /** Notes that another value is taken. */
    void adapted(String field, String message) {
        add(GenerationWarning.adapted(field, message));
    }

    /** Notes that a setting has no effect. */
    void ignored(String field, String message) {
        add(GenerationWarning.ignored(field, message));
    }

    /** Notes something worth knowing; never an error, since nothing is changed. */
    void notice(String field, String message) {
        warnings.add(GenerationWarning.notice(field, message));
    }

    /** An error that names what this server cannot do. */
    UnsupportedRequestException unsupported(String message) {
        return new UnsupportedRequestException(message, providerId);
    }

    /** What was noted so far, in order. */
    List<GenerationWarning> warnings() {
        return List.copyOf(warnings);
    }

    private void add(GenerationWarning warning) {
        if (mode == NegotiationMode.STRICT) {
            throw unsupported(warning.message());
        }
        warnings.add(warning);
    }
}
