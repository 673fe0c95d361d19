package dev.triptych.server.mcp;

import dev.triptych.server.jobs.JobEvents;
import dev.triptych.server.jobs.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells a caller how far its job is: at most four times a second, and strictly more each time. It listens before there
 * is a job, so that nothing of a quick one is missed. Thread-safe.
 */
final class ToldProgress implements Consumer<JobEvents.Event> {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final McpTools.Call call;
    private final LongSupplier nanos;

    // Guarded by this.
    private final List<JobEvents.Event> early = new ArrayList<>();
    private @Nullable String id;
    private double told;
    private long at;

    /** Nothing is told yet; {@code nanos} is a monotonic clock. */
    ToldProgress(McpTools.Call call, LongSupplier nanos) {
        this.call = call;
        this.nanos = nanos;
        this.at = nanos.getAsLong() - PAUSE_NANOS;
    }

    /** The job whose progress is told from now on, with what was heard of it before. */
    synchronized void of(String job) {
        id = job;
        early.forEach(this);
        early.clear();
    }

    @Override
    public synchronized void accept(JobEvents.Event event) {
        if (event.progress().isEmpty()) {
            return;
        }
        if (id == null) {
            early.add(event);
        } else if (event.job().id().equals(id)) {
            tell(event.progress().get());
        }
    }

    private void tell(Progress progress) {
        long now = nanos.getAsLong();
        if (progress.total() > 0 && progress.step() > told && now - at >= PAUSE_NANOS) {
            told = progress.step();
            at = now;
            call.progress(told, progress.total(), "step " + progress.step() + " of " + progress.total());
        }
    }
}
