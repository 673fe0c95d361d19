package dev.triptych.discord;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * {@link GatewayCore} with a real WebSocket around it. One thread owns the core, reads every frame and calls the
 * listener, so events keep their order. Thread-safe.
 */
final class GatewayClient implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(GatewayClient.class.getName());
    /** How long a closing handshake may take before the socket is torn down. */
    private static final long CLOSE_MILLIS = 1000;

    /** The answer to a close of the gateway's: 1000 and 1001 would end the session. */
    private static final int KEEP_SESSION = 4000;

    private final OkHttpClient http;
    private final GatewayAddress address;
    private final GatewayCore core;
    private final GatewayListener listener;
    private final MonotonicTime time;
    private final ScheduledExecutorService thread;

    /** Open until the last connection has ended after the close. */
    private final CountDownLatch ended = new CountDownLatch(1);

    private int connection;
    private @Nullable WebSocket socket;
    private volatile @Nullable WebSocket closing;
    private @Nullable ScheduledFuture<?> tick;
    private @Nullable ScheduledFuture<?> teardown;
    private volatile boolean closed;

    /** Where the gateway is. */
    @FunctionalInterface
    interface GatewayAddress {
        /**
         * Asks for the address and how many new sessions are left.
         *
         * @throws RestFailure if Discord does not say
         */
        Gateway find() throws RestFailure;

        /** The gateway's address, and what is left of today's sessions. */
        record Gateway(String url, int remaining, long resetAfterMillis) {}
    }

    GatewayClient(
            OkHttpClient http, GatewayAddress address, GatewayCore core, GatewayListener listener, MonotonicTime time) {
        this.http = http;
        this.address = address;
        this.core = core;
        this.listener = listener;
        this.time = time;
        this.thread = singleDaemon();
    }

    private static ScheduledExecutorService singleDaemon() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "triptych-discord-gateway");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return executor;
    }

    /** Connects, and stays connected until {@link #close()}. A second call does nothing. */
    void start() {
        submit(() -> step(new GatewayEvent.Start()));
    }

    /** Sends {@code payload} when the session is up. */
    void send(String payload) {
        submit(() -> step(new GatewayEvent.Submit(payload)));
    }

    private void submit(Runnable work) {
        try {
            thread.execute(work);
        } catch (RejectedExecutionException e) {
            if (!closed) {
                throw e;
            }
        }
    }

    private void step(GatewayEvent event) {
        try {
            for (GatewayAction action : core.on(event, time.millis())) {
                run(action);
            }
        } finally {
            schedule();
        }
    }

    private void schedule() {
        if (tick != null) {
            tick.cancel(false);
            tick = null;
        }
        long wake = core.wakeAt();
        if (wake == Long.MAX_VALUE || closed) {
            return;
        }
        try {
            tick = thread.schedule(
                    () -> step(new GatewayEvent.Tick()), Math.max(0, wake - time.millis()), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the gateway was closed", e);
        }
    }

    private void run(GatewayAction action) {
        if (action instanceof GatewayAction.Connect connect) {
            connect(connect.url());
        } else if (action instanceof GatewayAction.Send send) {
            if (socket != null) {
                socket.send(send.payload());
            }
        } else if (action instanceof GatewayAction.Close close) {
            abandon(close.code());
        } else if (action instanceof GatewayAction.Deliver deliver) {
            deliver(deliver);
        } else if (action instanceof GatewayAction.Stop stop) {
            abandon(1000);
            listener.onStopped(stop.code(), stop.reason());
        }
    }

    private void deliver(GatewayAction.Deliver deliver) {
        try {
            listener.onDispatch(deliver.type(), deliver.payload());
        } catch (RuntimeException | Error e) {
            // A listener that trips over one event must not lose those after it; the channel's history has what it
            // missed.
            LOG.log(System.Logger.Level.WARNING, "handling a " + deliver.type() + " event failed", e);
        }
    }

    private void connect(@Nullable String knownUrl) {
        int mine = ++connection;
        try {
            HttpUrl url = withQuery(knownUrl == null ? ask() : knownUrl);
            if (closed) {
                return;
            }
            socket = http.newWebSocket(new Request.Builder().url(url).build(), new Frames(mine));
        } catch (RestFailure e) {
            LOG.log(System.Logger.Level.WARNING, "the gateway's address cannot be found: " + e.getMessage());
            int code = e.kind() == RestFailure.Kind.UNAUTHORIZED ? 4004 : -1;
            submit(() -> heard(mine, new GatewayEvent.Closed(code)));
        } catch (IllegalArgumentException e) {
            LOG.log(System.Logger.Level.WARNING, "the gateway's address cannot be used: " + e.getMessage());
            submit(() -> heard(mine, new GatewayEvent.Closed(-1)));
        }
    }

    private String ask() throws RestFailure {
        GatewayAddress.Gateway gateway = address.find();
        core.on(new GatewayEvent.SessionLimit(gateway.remaining(), gateway.resetAfterMillis()), time.millis());
        return gateway.url();
    }

    /** OkHttp takes http for ws and https for wss. */
    private static HttpUrl withQuery(String url) {
        String http = url.startsWith("ws") ? "http" + url.substring(2) : url;
        return HttpUrl.get(http)
                .newBuilder()
                .setQueryParameter("v", "10")
                .setQueryParameter("encoding", "json")
                .setQueryParameter("compress", "zlib-stream")
                .build();
    }

    private void abandon(int code) {
        connection++;
        WebSocket old = socket;
        socket = null;
        if (old == null) {
            return;
        }
        old.close(code, null);
        if (teardown != null) {
            teardown.cancel(false);
        }
        WebSocket older = closing;
        closing = old;
        if (older != null) {
            older.cancel();
        }
        try {
            teardown = thread.schedule(old::cancel, CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            old.cancel();
        }
    }

    private void heard(int from, GatewayEvent event) {
        if (from == connection && !closed) {
            if (event instanceof GatewayEvent.Closed) {
                socket = null;
            }
            step(event);
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        submit(this::leave);
        closed = true;
        thread.shutdown();
        try {
            boolean unused = thread.awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS)
                    && ended.await(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        WebSocket last = closing;
        if (last != null) {
            last.cancel();
        }
        thread.shutdownNow();
    }

    /** Says good-bye; {@link #close()} waits for the answer. */
    private void leave() {
        boolean connected = socket != null;
        abandon(1000);
        if (!connected) {
            ended.countDown();
        }
    }

    /** The reading end of one connection; it outlives the connection by a few late frames, which nobody hears. */
    private final class Frames extends WebSocketListener {
        private final int mine;
        private final ZlibStreamInflater inflater = new ZlibStreamInflater();

        Frames(int mine) {
            this.mine = mine;
        }

        @Override
        public void onMessage(WebSocket webSocket, String text) {
            parse(text);
        }

        @Override
        public void onMessage(WebSocket webSocket, ByteString bytes) {
            try {
                inflater.add(bytes.toByteArray()).ifPresent(this::parse);
            } catch (DataFormatException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the gateway's zlib-stream is broken; connecting again: " + e.getMessage());
                pass(new GatewayEvent.Corrupt());
            }
        }

        private void parse(String text) {
            try {
                JsonNode frame = Json.read(text);
                pass(new GatewayEvent.Frame(frame));
            } catch (JsonProcessingException e) {
                LOG.log(System.Logger.Level.WARNING, "a gateway frame is no JSON; connecting again");
                pass(new GatewayEvent.Corrupt());
            }
        }

        @Override
        public void onClosing(WebSocket webSocket, int code, String reason) {
            webSocket.close(KEEP_SESSION, null);
            end(code);
        }

        @Override
        public void onClosed(WebSocket webSocket, int code, String reason) {
            end(code);
        }

        @Override
        public void onFailure(WebSocket webSocket, Throwable failure, @Nullable Response response) {
            end(-1);
        }

        private void end(int code) {
            inflater.close();
            if (closed) {
                ended.countDown();
            }
            pass(new GatewayEvent.Closed(code));
        }

        private void pass(GatewayEvent event) {
            submit(() -> heard(mine, event));
        }
    }
}
