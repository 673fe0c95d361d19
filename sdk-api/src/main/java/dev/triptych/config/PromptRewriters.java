package dev.triptych.config;

import dev.triptych.PromptRewriter;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The rewriters that a configuration may name. Immutable. */
final class PromptRewriters {

    /** The key of a generator that names one. */
    static final String KEY = "prompt-rewriter";

    private final Map<String, PromptRewriter> byName;

    PromptRewriters(Map<String, PromptRewriter> byName) {
        this.byName = new TreeMap<>(byName);
    }

    /**
     * The rewriter that {@code settings} of a generator name; empty where they name none.
     *
     * @throws ConfigException if it is neither a template nor a name that is known
     */
    Optional<PromptRewriter> of(GeneratorSettings settings) {
        return settings.string(KEY).filter(text -> !ChainSection.meansOff(text)).map(text -> {
            if (text.contains(PromptRewriter.PLACE)) {
                return PromptRewriter.template(text);
            }
            PromptRewriter found = byName.get(text.strip());
            if (found == null) {
                throw settings.wrong(
                        KEY,
                        "a template with " + PromptRewriter.PLACE
                                + " in it, or the name of a rewriter on the class path ("
                                + (byName.isEmpty() ? "there is none" : String.join(", ", byName.keySet())) + ")",
                        text);
            }
            return found;
        });
    }
}
