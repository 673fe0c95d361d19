package dev.triptych.server.jobs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * What happens to jobs, told to whoever listens. Changes of a job's status are numbered and kept for a while, so that
 * who was away for a moment hears them; progress is told once. Listeners run on the worker's thread and must not wait.
 * Thread-safe.
 */
public final class JobEvents {

    private static final int KEPT = 4096;
    private static final System.Logger LOG = System.getLogger(JobEvents.class.getName());

    // Guarded by this.
    private final Deque<Event> kept = new ArrayDeque<>();
    private long last;

    private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();

    /** Events of a server that has just started. */
    public JobEvents() {}

    /**
     * Something that happened to a job.
     *
     * @param number counts the changes of status; progress has the number of the change before it
     * @param job the job as it is now
     * @param progress how far it is; empty for a change of status
     */
    public record Event(long number, Job job, Optional<Progress> progress) {}

    /** A listener that is taken away by closing. */
    @FunctionalInterface
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Tells {@code listener} what happens from now on, and before that what happened after number {@code after}.
     *
     * @return empty if {@code after} is too long ago, or from another life of the server: the listener hears only what
     *     happens from now on when it subscribes without
     */
    public Optional<Subscription> subscribe(OptionalLong after, Consumer<Event> listener) {
        synchronized (this) {
            if (after.isPresent()) {
                Optional<List<Event>> missed = since(after.getAsLong());
                if (missed.isEmpty()) {
                    return Optional.empty();
                }
                missed.get().forEach(listener);
            }
            listeners.add(listener);
        }
        return Optional.of(() -> listeners.remove(listener));
    }

    private Optional<List<Event>> since(long number) {
        long oldest = kept.isEmpty() ? last + 1 : kept.getFirst().number();
        if (number > last || number < oldest - 1) {
            return Optional.empty();
        }
        List<Event> missed = new ArrayList<>();
        kept.stream().filter(event -> event.number() > number).forEach(missed::add);
        return Optional.of(missed);
    }

    /** The number of the last change. */
    public synchronized long last() {
        return last;
    }

    /** A job's status changed. */
    void changed(Job job) {
        Event event;
        synchronized (this) {
            last++;
            event = new Event(last, job, Optional.empty());
            kept.addLast(event);
            if (kept.size() > KEPT) {
                kept.removeFirst();
            }
            tell(event);
        }
    }

    /** A job went on. */
    void progressed(Job job, Progress progress) {
        tell(new Event(last(), job, Optional.of(progress)));
    }

    private void tell(Event event) {
        listeners.forEach(listener -> tell(listener, event));
    }

    private void tell(Consumer<Event> listener, Event event) {
        try {
            listener.accept(event);
        } catch (RuntimeException e) {
            listeners.remove(listener);
            LOG.log(System.Logger.Level.WARNING, "a listener to jobs failed and hears no more", e);
        }
    }
}
