package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads the channel again from the oldest open job on, and offers every message to the {@link JobTable}: what the
 * gateway did not tell is found here. Thread-safe.
 */
final class Reconciler implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Reconciler.class.getName());
    private static final int PAGE = 100;
    private static final int MOST_PAGES = 50;

    private final DiscordRest rest;
    private final String channel;
    private final JobTable table;
    private final MonotonicTime time;
    private final long callMillis;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread daemon = new Thread(work, "triptych-discord-reconcile");
        daemon.setDaemon(true);
        return daemon;
    });
    private final AtomicBoolean requested = new AtomicBoolean();
    private final ReentrantLock scanning = new ReentrantLock();
    private volatile long lastScanBegan = Long.MIN_VALUE;

    Reconciler(DiscordRest rest, String channel, JobTable table, MonotonicTime time, long callMillis) {
        this.rest = rest;
        this.channel = channel;
        this.table = table;
        this.time = time;
        this.callMillis = callMillis;
    }

    /** Asks for a scan soon, on a thread of its own. Asking twice before it begins is asking once. */
    void request() {
        if (!requested.compareAndSet(false, true)) {
            return;
        }
        try {
            thread.execute(() -> {
                requested.set(false);
                quietly();
            });
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the relay was closed", e);
        }
    }

    private void quietly() {
        try {
            scan(CallScope.until(time.millis() + callMillis));
        } catch (RestFailure e) {
            LOG.log(System.Logger.Level.WARNING, "the channel could not be read again: " + e.getMessage());
        }
    }

    /**
     * Reads the channel now. Returns at once if somebody else's scan began after this call.
     *
     * @throws RestFailure if the channel cannot be read
     */
    void scan(CallScope scope) throws RestFailure {
        long called = time.millis();
        scanning.lock();
        try {
            if (lastScanBegan > called) {
                return;
            }
            lastScanBegan = time.millis();
            Optional<String> oldest = oldestOpen();
            if (oldest.isPresent()) {
                read(oldest.get(), scope).forEach(table::offer);
            }
        } finally {
            scanning.unlock();
        }
    }

    private Optional<String> oldestOpen() {
        return table.openJobs().stream()
                .filter(job -> table.snapshot(job).result().isEmpty())
                .map(job -> job.plan.after())
                .min(Snowflake::compare);
    }

    /**
     * Our own message for {@code job}, if it is in the channel although its answer was lost.
     *
     * @throws RestFailure if the channel cannot be read
     */
    Optional<String> findOwn(Job job, CallScope scope) throws RestFailure {
        for (Message message : read(job.plan.after(), scope)) {
            table.offer(message);
        }
        return table.requestMessage(job);
    }

    /** Every message after {@code after}, oldest first. */
    private List<Message> read(String after, CallScope scope) throws RestFailure {
        List<Message> all = new ArrayList<>();
        String from = after;
        for (int page = 0; page < MOST_PAGES; page++) {
            List<Message> messages = new ArrayList<>();
            for (JsonNode json : rest.call(Route.messagesAfter(channel, from, PAGE), scope)) {
                messages.add(Message.of(json));
            }
            messages.sort(Comparator.comparing(Message::id, Snowflake::compare));
            all.addAll(messages);
            if (messages.size() < PAGE) {
                return all;
            }
            from = messages.get(messages.size() - 1).id();
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "the channel has more than " + all.size()
                        + " messages since the oldest open job; the rest was not read");
        return all;
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
