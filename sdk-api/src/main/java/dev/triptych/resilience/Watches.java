package dev.triptych.resilience;

import dev.triptych.ImageResult;
import dev.triptych.resilience.GenerationObserver.Watch;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** What all observers of one request or attempt watch it with; the last one to begin ends first. */
record Watches(List<Watch> watches) {

    static Watches start(List<GenerationObserver> observers, Function<GenerationObserver, Watch> start) {
        return new Watches(observers.stream().map(start).toList());
    }

    ImageResult around(Supplier<ImageResult> work) {
        ImageResult result;
        try {
            result = work.get();
        } catch (RuntimeException | Error e) {
            for (int last = watches.size() - 1; last >= 0; last--) {
                watches.get(last).failed(e);
            }
            throw e;
        }
        for (int last = watches.size() - 1; last >= 0; last--) {
            watches.get(last).succeeded(result);
        }
        return result;
    }
}
