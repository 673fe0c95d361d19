package dev.triptych.resilience;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationListener;
import dev.triptych.ImageRequest;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Makes one stream of events of those of several parts: progress is added up, and the caller hears one event at a time,
 * outside the lock. While it hears one, the events of other parts queue up for the thread that tells it.
 */
final class SplitProgress {

    private final GenerationContext context;
    private final int count;
    private final List<ImageRequest> parts;

    // Guarded by this.
    private final int[] steps;
    private final Queue<GenerationEvent> untold = new ArrayDeque<>();
    private boolean started;
    private boolean telling;

    SplitProgress(GenerationContext context, int count, List<ImageRequest> parts) {
        this.context = context;
        this.count = count;
        this.parts = parts;
        this.steps = new int[parts.size()];
    }

    GenerationListener listener(int part) {
        return event -> {
            if (add(part, event)) {
                tell();
            }
        };
    }

    /** Takes {@code event} in; whether this thread is the one to tell. */
    private synchronized boolean add(int part, GenerationEvent event) {
        if (event instanceof GenerationEvent.Progress progress) {
            steps[part] = progress.step();
            untold.add(sum(part, progress.total()));
        } else if (event instanceof GenerationEvent.Started) {
            if (!started) {
                started = true;
                untold.add(event);
            }
        } else {
            untold.add(event);
        }
        if (telling) {
            return false;
        }
        telling = true;
        return true;
    }

    private void tell() {
        for (GenerationEvent event = next(); event != null; event = next()) {
            context.emit(event);
        }
    }

    private synchronized @Nullable GenerationEvent next() {
        GenerationEvent event = untold.poll();
        telling = event != null;
        return event;
    }

    /** Every picture takes as many steps as one of this part. */
    private GenerationEvent sum(int part, int totalOfPart) {
        int done = 0;
        for (int step : steps) {
            done += step;
        }
        int total = (int) ((long) totalOfPart * count / parts.get(part).count());
        return new GenerationEvent.Progress(Math.min(done, total), total);
    }
}
