package dev.triptych.compare;

import dev.triptych.GeneratorInfo;
import java.util.Optional;

/**
 * What a person knows of a model and no generator tells; the comparison table shows it. A fact that nobody gave is
 * shown as unknown.
 *
 * @param openWeights whether anybody may download the model's weights
 * @param style what its pictures look like, in a few words; {@code ""} = not said
 * @param licence the licence of the model; {@code ""} = not said
 */
public record ModelFacts(Optional<Boolean> openWeights, String style, String licence) {

    /** Nothing known. */
    public static ModelFacts unknown() {
        return new ModelFacts(Optional.empty(), "", "");
    }

    /**
     * What follows from {@code info} alone: a local model's weights are files on this machine. Of a remote one nothing
     * follows, since an open model can be served too.
     */
    static ModelFacts of(GeneratorInfo info) {
        return new ModelFacts(info.local() ? Optional.of(true) : Optional.empty(), "", "");
    }
}
