package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Cancellation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the channel's history from the oldest open job on, and shows every message to the {@link JobTracker}: what the
 * gateway did not tell is found here, deletions included. Readings take place on a thread of their own, one at a time.
 * Thread-safe.
 */
final class ChannelHistory implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(ChannelHistory.class.getName());
    private static final int PAGE = 100;

    private final DiscordRest rest;
    private final String channel;
    private final JobTracker tracker;
    private final MonotonicTime time;
    private final long callMillis;
    private final Cancellation closing;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread daemon = new Thread(work, "triptych-discord-history");
        daemon.setDaemon(true);
        return daemon;
    });

    // Guarded by this. Readings are numbered from 1.
    private long asked;
    private long done;
    private boolean queued;
    private @Nullable RestFailure failure;

    /** @param closing cancelled when nobody wants a reading any more */
    ChannelHistory(
            DiscordRest rest,
            String channel,
            JobTracker tracker,
            MonotonicTime time,
            long callMillis,
            Cancellation closing) {
        this.rest = rest;
        this.channel = channel;
        this.tracker = tracker;
        this.time = time;
        this.callMillis = callMillis;
        this.closing = closing;
    }

    /**
     * Asks for a reading that begins after this call. Asking twice before it begins is asking once. Whoever waits for
     * the tracker is notified when it is done.
     *
     * @return the reading's number, for {@link #isDone} and {@link #hasFailed}
     */
    long request() {
        long number;
        synchronized (this) {
            number = ++asked;
            if (queued) {
                return number;
            }
            queued = true;
        }
        try {
            thread.execute(this::readOnce);
        } catch (RejectedExecutionException e) {
            end(number, new RestFailure(RestFailure.Kind.CANCELLED, "the relay was closed", e));
        }
        return number;
    }

    /** Whether the reading {@code number}, or a later one, has come to its end. */
    synchronized boolean isDone(long number) {
        return done >= number;
    }

    /** Whether the last reading could not be finished. */
    synchronized boolean hasFailed() {
        return failure != null;
    }

    private void readOnce() {
        long number;
        synchronized (this) {
            queued = false;
            number = asked;
        }
        RestFailure problem = null;
        try {
            read();
        } catch (RestFailure e) {
            problem = e;
            if (e.closesTheChannel()) {
                tracker.lostChannel(e);
            }
            LOG.log(System.Logger.Level.WARNING, "the channel's history could not be read: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            // The next reading may fare better; this thread must be there for it.
            problem = new RestFailure(RestFailure.Kind.UNAVAILABLE, "the channel's history could not be read", e);
            LOG.log(System.Logger.Level.WARNING, problem.getMessage(), e);
        } finally {
            end(number, problem);
        }
    }

    private void end(long number, @Nullable RestFailure problem) {
        synchronized (this) {
            done = Math.max(done, number);
            failure = problem;
        }
        tracker.wake();
    }

    private void read() throws RestFailure {
        Optional<String> oldest = tracker.oldestOpen();
        if (oldest.isEmpty()) {
            return;
        }
        Set<String> missing = new LinkedHashSet<>(tracker.messagesToWatch());
        show(oldest.get(), call(), message -> missing.remove(message.id()));
        for (String id : missing) {
            if (isDeleted(id)) {
                tracker.deleted(id, time.millis());
            }
        }
    }

    private CallScope call() {
        return new CallScope(time.millis() + callMillis, closing);
    }

    /** Whether Discord says that the message {@code id} does not exist. That it is not listed alone proves nothing. */
    private boolean isDeleted(String id) {
        try {
            tracker.offer(Message.of(rest.call(Route.message(channel, id), call())), time.millis());
            return false;
        } catch (RestFailure e) {
            return e.kind() == RestFailure.Kind.NOT_FOUND && e.code() == UNKNOWN_MESSAGE;
        }
    }

    private static final int UNKNOWN_MESSAGE = 10008;

    /**
     * Our own message for {@code job}, if it is in the channel although its answer was lost. Reads on this thread; the
     * job need not be followed any more.
     *
     * @throws RestFailure if the channel cannot be read
     */
    Optional<String> findOwn(Job job, CallScope scope) throws RestFailure {
        List<String> own = new ArrayList<>();
        show(job.plan.after(), scope, message -> {
            if (tracker.asksFor(job, message)) {
                own.add(message.id());
            }
        });
        return own.stream().findFirst();
    }

    /** Shows the tracker, and {@code also}, every message after {@code after}, oldest first. */
    private void show(String after, CallScope scope, Consumer<Message> also) throws RestFailure {
        String from = after;
        while (true) {
            List<Message> messages = new ArrayList<>();
            for (JsonNode json : rest.call(Route.messagesAfter(channel, from, PAGE), scope)) {
                messages.add(Message.of(json));
            }
            messages.sort(Comparator.comparing(Message::id, Snowflake::compare));
            for (Message message : messages) {
                tracker.offer(message, time.millis());
                also.accept(message);
            }
            if (messages.size() < PAGE) {
                return;
            }
            from = messages.get(messages.size() - 1).id();
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
