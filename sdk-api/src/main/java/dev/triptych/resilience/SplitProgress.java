package dev.triptych.resilience;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationListener;
import dev.triptych.ImageRequest;
import java.util.List;

/** Makes one stream of events of those of several parts: progress is added up, and the caller hears one at a time. */
final class SplitProgress {

    private final GenerationContext context;
    private final int count;
    private final List<ImageRequest> parts;
    private final int[] steps;
    private boolean started;

    SplitProgress(GenerationContext context, int count, List<ImageRequest> parts) {
        this.context = context;
        this.count = count;
        this.parts = parts;
        this.steps = new int[parts.size()];
    }

    GenerationListener listener(int part) {
        return event -> hear(part, event);
    }

    private synchronized void hear(int part, GenerationEvent event) {
        if (event instanceof GenerationEvent.Progress progress) {
            steps[part] = progress.step();
            hearProgress(part, progress.total());
        } else if (event instanceof GenerationEvent.Started) {
            if (!started) {
                started = true;
                context.emit(event);
            }
        } else {
            context.emit(event);
        }
    }

    /** Every picture takes as many steps as one of this part. */
    private void hearProgress(int part, int totalOfPart) {
        int done = 0;
        for (int step : steps) {
            done += step;
        }
        int total = (int) ((long) totalOfPart * count / parts.get(part).count());
        context.emit(new GenerationEvent.Progress(Math.min(done, total), total));
    }
}
