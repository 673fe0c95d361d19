package dev.triptych.resilience;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** The links around one provider, written outermost first and built from the inner end. Serves once. */
final class StageLine {

    private final List<String> names = new ArrayList<>();
    private final List<UnaryOperator<Stage>> links = new ArrayList<>();
    private final List<Stage> stages = new ArrayList<>();

    /** A link that runs the next one. */
    StageLine then(String name, UnaryOperator<Stage> link) {
        names.add(name);
        links.add(link);
        return this;
    }

    /** A link with {@code settings}; where there are none it is left out. */
    <S> StageLine then(String name, Optional<S> settings, BiFunction<S, Stage, Stage> link) {
        settings.ifPresent(value -> then(name, next -> link.apply(value, next)));
        return this;
    }

    /** The whole line, which ends in {@code last}. */
    StageLine endingIn(String name, Stage last) {
        names.add(name);
        stages.add(last);
        for (int i = links.size() - 1; i >= 0; i--) {
            stages.add(0, links.get(i).apply(stages.get(0)));
        }
        return this;
    }

    Stage first() {
        return stages.get(0);
    }

    void unregister() {
        stages.forEach(Stage::unregister);
    }

    @Override
    public String toString() {
        return String.join(" → ", names);
    }
}
