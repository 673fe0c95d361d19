package dev.triptych.server.http;

import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client's stream of server-sent events. What is sent is put in a bounded buffer and written by a thread of the
 * stream's own, so that a slow or dead client holds up nobody: whose buffer is full is cut off, and comes back with
 * {@code Last-Event-ID}. Thread-safe.
 */
public final class EventStream {

    /** The most streams at the same time. */
    private static final int MAX_STREAMS = 256;

    private static final int MAX_WAITING = 512;
    private static final long MAX_WAITING_BYTES = 64L << 20;
    private static final long KEEP_ALIVE_SECONDS = 15;

    private static final System.Logger LOG = System.getLogger(EventStream.class.getName());

    private static final ExecutorService WRITERS =
            new ThreadPoolExecutor(0, MAX_STREAMS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                Thread thread = new Thread(work, "triptych-events");
                thread.setDaemon(true);
                return thread;
            });

    private final HttpServletResponse response;
    private final Runnable onClose;
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    // Guarded by this.
    private final Deque<byte[]> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean ending;
    private boolean cut;

    private EventStream(HttpServletResponse response, Runnable onClose) {
        this.response = response;
        this.onClose = onClose;
    }

    /**
     * Begins a stream as the answer to a request.
     *
     * @param onClose run once, when the stream has ended, whoever ended it
     */
    public static EventStream open(Context context, Runnable onClose) {
        HttpServletResponse response = context.res();
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType("text/event-stream");
        response.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Accel-Buffering", "no");
        EventStream stream = new EventStream(response, onClose);
        context.future(stream::started);
        return stream;
    }

    private CompletableFuture<Void> started() {
        try {
            WRITERS.execute(this::write);
        } catch (RejectedExecutionException tooMany) {
            response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            onClose.run();
            done.complete(null);
        }
        return done;
    }

    /** Sends an event; {@code id} and {@code name} where they are given. */
    public void send(@Nullable String id, @Nullable String name, String data) {
        StringBuilder text = new StringBuilder();
        if (id != null) {
            text.append("id: ").append(id).append('\n');
        }
        if (name != null) {
            text.append("event: ").append(name).append('\n');
        }
        data.lines().forEach(line -> text.append("data: ").append(line).append('\n'));
        put(text.append('\n').toString());
    }

    /** Sends a comment, which clients pass over. */
    public void comment(String text) {
        put(": " + text + "\n\n");
    }

    private synchronized void put(String text) {
        if (ending) {
            return;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (waiting.size() >= MAX_WAITING || waitingBytes + bytes.length > MAX_WAITING_BYTES) {
            ending = true;
            cut = true;
            waiting.clear();
        } else {
            waiting.add(bytes);
            waitingBytes += bytes.length;
        }
        notifyAll();
    }

    /** Ends the stream when everything that was sent is written. */
    public synchronized void end() {
        ending = true;
        notifyAll();
    }

    private void write() {
        boolean gone = false;
        try {
            OutputStream out = response.getOutputStream();
            out.write(": hello\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            for (byte[] next = next(); next != null; next = next()) {
                out.write(next);
                out.flush();
            }
        } catch (IOException | RuntimeException e) {
            // Of a client that went away the container cleans up by itself; its response is not to be touched any more.
            gone = true;
            LOG.log(System.Logger.Level.DEBUG, "the client of an event stream went away", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            ending = true;
            cut |= gone;
        }
        onClose.run();
        if (!gone) {
            done.complete(null);
        }
    }

    /** What to write next; a comment where there was nothing for a while; null at the end. */
    private synchronized byte @Nullable [] next() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(KEEP_ALIVE_SECONDS);
        while (waiting.isEmpty()) {
            if (ending) {
                return null;
            }
            long left = end - System.nanoTime();
            if (left <= 0) {
                return ": still here\n\n".getBytes(StandardCharsets.UTF_8);
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        byte[] first = waiting.remove();
        waitingBytes -= first.length;
        return first;
    }

    /** Whether the stream was cut off because its client did not read, or went away. */
    public synchronized boolean isCut() {
        return cut;
    }
}
