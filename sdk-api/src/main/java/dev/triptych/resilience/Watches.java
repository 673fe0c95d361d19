package dev.triptych.resilience;

import dev.triptych.ImageResult;
import dev.triptych.resilience.GenerationObserver.Watch;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all observers of one request or attempt watch it with; the last one to begin ends first. What an observer throws
 * is logged once for each kind of observer, and costs neither the request nor another observer anything.
 */
record Watches(List<Watch> watches) {

    private static final System.Logger LOG = System.getLogger(Watches.class.getName());
    private static final Set<Class<?>> FAILED = ConcurrentHashMap.newKeySet();

    static Watches start(List<GenerationObserver> observers, Function<GenerationObserver, Watch> start) {
        return new Watches(
                observers.stream().map(observer -> started(observer, start)).toList());
    }

    private static Watch started(GenerationObserver observer, Function<GenerationObserver, Watch> start) {
        try {
            @Nullable Watch watch = start.apply(observer);
            return watch == null ? Watch.NONE : watch;
        } catch (Throwable e) { // a meter is worth less than a request, whatever happened to it
            failed(observer, e);
            return Watch.NONE;
        }
    }

    private static void failed(Object observer, Throwable error) {
        boolean first = FAILED.add(observer.getClass());
        LOG.log(
                first ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG,
                "an observer failed, and the request goes on without it: "
                        + observer.getClass().getName(),
                error);
    }

    ImageResult around(Supplier<ImageResult> work) {
        ImageResult result;
        try {
            result = work.get();
        } catch (RuntimeException | Error e) {
            tell(watch -> watch.failed(e));
            throw e;
        }
        tell(watch -> watch.succeeded(result));
        return result;
    }

    private void tell(Consumer<Watch> end) {
        for (int last = watches.size() - 1; last >= 0; last--) {
            Watch watch = watches.get(last);
            try {
                end.accept(watch);
            } catch (Throwable e) { // a paid picture is worth more than a meter, whatever happened to that
                failed(watch, e);
            }
        }
    }
}
