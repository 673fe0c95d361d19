package dev.triptych.server.http;

import io.javalin.http.Context;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One client's stream of server-sent events. What is sent is put in a bounded buffer and written as the client reads;
 * no thread waits for it, so that a slow or dead client holds up nobody: whose buffer is full is cut off, and comes
 * back with {@code Last-Event-ID}. Thread-safe.
 */
public final class EventStream {

    /** The most streams at the same time. */
    private static final int MAX_STREAMS = 1024;

    private static final int MAX_WAITING = 512;
    private static final long MAX_WAITING_BYTES = 64L << 20;
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

    private static final System.Logger LOG = System.getLogger(EventStream.class.getName());
    private static final AtomicInteger STREAMS = new AtomicInteger();

    private static final ScheduledExecutorService CLOCK = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "triptych-events");
        thread.setDaemon(true);
        return thread;
    });

    private final HttpServletResponse response;
    private final Duration keepAlive;
    private final Runnable onClose;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private volatile @Nullable AsyncContext async;

    // Guarded by this.
    private final Deque<byte[]> waiting = new ArrayDeque<>();
    private @Nullable ServletOutputStream out;
    private @Nullable Future<?> keptAlive;
    private long waitingBytes;
    private boolean unflushed;
    private boolean ending;
    private boolean cut;
    private boolean closed;

    private EventStream(HttpServletResponse response, Duration keepAlive, Runnable onClose) {
        this.response = response;
        this.keepAlive = keepAlive;
        this.onClose = onClose;
    }

    /**
     * Begins a stream as the answer to a request.
     *
     * @param onClose run once, when the stream has ended, whoever ended it
     */
    public static EventStream open(Context context, Runnable onClose) {
        return open(context, KEEP_ALIVE, onClose);
    }

    /**
     * Begins a stream as {@link #open(Context, Runnable)} does.
     *
     * @param keepAlive how often a comment is sent where there is nothing else; that a client has gone is noticed
     *     within two of them, since only what is sent and not received tells
     */
    public static EventStream open(Context context, Duration keepAlive, Runnable onClose) {
        HttpServletResponse response = context.res();
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType("text/event-stream");
        response.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Accel-Buffering", "no");
        EventStream stream = new EventStream(response, keepAlive, onClose);
        stream.comment("hello");
        context.future(() -> stream.started(context));
        return stream;
    }

    private CompletableFuture<Void> started(Context context) {
        AsyncContext request = context.req().getAsyncContext();
        async = request;
        request.addListener(new Ending());
        if (STREAMS.incrementAndGet() > MAX_STREAMS) {
            response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            finish(true);
            return done;
        }
        try {
            ServletOutputStream body = response.getOutputStream();
            synchronized (this) {
                out = body;
                keptAlive = CLOCK.scheduleWithFixedDelay(
                        this::keepAlive, keepAlive.toNanos(), keepAlive.toNanos(), TimeUnit.NANOSECONDS);
            }
            body.setWriteListener(new Reader());
        } catch (IOException | RuntimeException e) {
            gone(e);
        }
        return done;
    }

    /** What the container says of the client that reads. */
    private final class Reader implements WriteListener {
        @Override
        public void onWritePossible() {
            write();
        }

        @Override
        public void onError(Throwable error) {
            gone(error);
        }
    }

    /** What the container says of the request: it may end it by itself, when it finds that the client has gone. */
    private final class Ending implements AsyncListener {
        @Override
        public void onComplete(AsyncEvent event) {
            gone(new IOException("the request has ended"));
        }

        @Override
        public void onError(AsyncEvent event) {
            gone(event.getThrowable());
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            gone(new IOException("the request took too long"));
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            event.getAsyncContext().addListener(this);
        }
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

    private void keepAlive() {
        boolean idle;
        synchronized (this) {
            idle = waiting.isEmpty();
        }
        if (idle) {
            comment("still here");
        }
    }

    private void put(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        synchronized (this) {
            if (ending) {
                return;
            }
            if (waiting.size() >= MAX_WAITING || waitingBytes + bytes.length > MAX_WAITING_BYTES) {
                ending = true;
                cut = true;
                waiting.clear();
            } else {
                waiting.add(bytes);
                waitingBytes += bytes.length;
            }
        }
        write();
    }

    /** Ends the stream when everything that was sent is written. */
    public void end() {
        synchronized (this) {
            ending = true;
        }
        write();
    }

    /** Writes what the client takes without waiting for it; the container calls again when it takes more. */
    private void write() {
        try {
            if (writeWhatIsTaken()) {
                finish(isCut());
            }
        } catch (IOException | RuntimeException e) {
            gone(e);
        }
    }

    /** Whether everything is written, and nothing more will come. */
    private synchronized boolean writeWhatIsTaken() throws IOException {
        if (out == null || closed) {
            return false;
        }
        while (!waiting.isEmpty() || unflushed) {
            if (!out.isReady()) {
                return cut;
            }
            byte[] next = waiting.poll();
            unflushed = next != null;
            if (next == null) {
                out.flush();
            } else {
                waitingBytes -= next.length;
                out.write(next);
            }
        }
        return ending && out.isReady();
    }

    private void gone(Throwable why) {
        LOG.log(System.Logger.Level.DEBUG, "the client of an event stream went away", why);
        if (close(true)) {
            onClose.run();
            Departed.hangUp(async);
        }
    }

    private void finish(boolean byClient) {
        if (close(byClient)) {
            // Without the lock: what listens may send to other streams.
            onClose.run();
            done.complete(null);
        }
    }

    /** Whether this call closed it. */
    private boolean close(boolean byClient) {
        synchronized (this) {
            if (closed) {
                return false;
            }
            closed = true;
            ending = true;
            cut |= byClient;
            waiting.clear();
            if (keptAlive != null) {
                keptAlive.cancel(false);
            }
        }
        STREAMS.decrementAndGet();
        return true;
    }

    /** Whether the stream was cut off because its client did not read, or went away. */
    public synchronized boolean isCut() {
        return cut;
    }
}
