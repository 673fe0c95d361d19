package dev.triptych.server.jobs;

import dev.triptych.Cancellation;
import dev.triptych.GenerationEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One job while it runs: the wish to stop it, and how far it is. Thread-safe. */
final class JobRun {

    /** Step times that the time left is reckoned from; a median, since the first step is slower. */
    private static final int STEPS_SEEN = 5;

    private static final int STEPS_BEFORE_A_GUESS = 3;

    private final Cancellation cancellation = new Cancellation();
    private final LongSupplier nanos;

    // Guarded by this.
    private final Deque<Long> stepNanos = new ArrayDeque<>();
    private Progress progress = Progress.waiting(0);
    private long lastStepAt;
    private byte @Nullable [] preview;
    private boolean putBack;

    /** A run whose times come from {@code nanos}, a monotonic clock. */
    JobRun(LongSupplier nanos) {
        this.nanos = nanos;
        this.lastStepAt = nanos.getAsLong();
    }

    Cancellation cancellation() {
        return cancellation;
    }

    /** Stops it so that it waits again. */
    void putBack() {
        synchronized (this) {
            putBack = true;
        }
        cancellation.cancel();
    }

    synchronized boolean isPutBack() {
        return putBack;
    }

    synchronized Progress progress() {
        return progress;
    }

    /** The newest unfinished picture. */
    synchronized Optional<byte[]> preview() {
        return Optional.ofNullable(preview);
    }

    /** Takes in {@code event}; whether anything changed that somebody would look at. */
    synchronized boolean heard(GenerationEvent event) {
        Progress before = progress;
        if (event instanceof GenerationEvent.Queued queued) {
            progress = phase(Progress.Phase.WAITING, queued.position(), "", -1);
        } else if (event instanceof GenerationEvent.Downloading file) {
            progress = phase(
                    Progress.Phase.DOWNLOADING,
                    0,
                    file.what(),
                    file.totalBytes() > 0 ? (double) file.doneBytes() / file.totalBytes() : -1);
        } else if (event instanceof GenerationEvent.Loading part) {
            progress = phase(Progress.Phase.LOADING, 0, part.what(), part.fraction());
        } else if (event instanceof GenerationEvent.Started) {
            progress = phase(Progress.Phase.PAINTING, 0, "", -1);
            lastStepAt = nanos.getAsLong();
        } else if (event instanceof GenerationEvent.Progress step) {
            progress = stepped(step);
        } else if (event instanceof GenerationEvent.Preview unfinished) {
            preview = unfinished.image().bytes();
            progress = new Progress(
                    Progress.Phase.PAINTING,
                    0,
                    "",
                    -1,
                    before.step(),
                    before.total(),
                    before.previews() + 1,
                    before.millisLeft(),
                    before.fellBackTo());
        } else if (event instanceof GenerationEvent.Retrying) {
            progress = phase(Progress.Phase.RETRYING, 0, "", -1);
        } else if (event instanceof GenerationEvent.FallingBack falling) {
            progress = new Progress(
                    Progress.Phase.PAINTING,
                    0,
                    "",
                    -1,
                    0,
                    0,
                    before.previews(),
                    OptionalLong.empty(),
                    falling.to().name());
        }
        return !before.equals(progress);
    }

    private Progress phase(Progress.Phase phase, int position, String what, double fraction) {
        return new Progress(
                phase,
                position,
                what,
                fraction,
                progress.step(),
                progress.total(),
                progress.previews(),
                OptionalLong.empty(),
                progress.fellBackTo());
    }

    private Progress stepped(GenerationEvent.Progress step) {
        long now = nanos.getAsLong();
        int more = step.step() - progress.step();
        if (more > 0) {
            stepNanos.addLast((now - lastStepAt) / more);
            if (stepNanos.size() > STEPS_SEEN) {
                stepNanos.removeFirst();
            }
        }
        lastStepAt = now;
        return new Progress(
                Progress.Phase.PAINTING,
                0,
                "",
                -1,
                step.step(),
                step.total(),
                progress.previews(),
                millisLeft(step),
                progress.fellBackTo());
    }

    private OptionalLong millisLeft(GenerationEvent.Progress step) {
        if (stepNanos.size() < STEPS_BEFORE_A_GUESS) {
            return OptionalLong.empty();
        }
        long median = stepNanos.stream()
                .sorted()
                .skip(stepNanos.size() / 2)
                .findFirst()
                .orElse(0L);
        return OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(median * (step.total() - step.step())));
    }
}
