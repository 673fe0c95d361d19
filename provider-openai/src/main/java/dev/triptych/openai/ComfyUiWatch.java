package dev.triptych.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Cancellation;
import dev.triptych.GenerationEvent;
import dev.triptych.RunningCalls;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import okhttp3.HttpUrl;

/**
 * What a ComfyUI tells by its WebSocket while a job runs: the place in the queue, steps, unfinished pictures. The
 * result does not depend on it: a connection that breaks is opened again, and a server without one is merely silent.
 * Serves one call.
 */
final class ComfyUiWatch {

    private static final System.Logger LOG = System.getLogger(ComfyUiWatch.class.getName());

    private static final Duration CONNECTING = Duration.ofSeconds(5);
    private static final Duration BEFORE_RECONNECT = Duration.ofSeconds(1);

    /** How long submitting waits for the connection, so that the first steps are heard too. */
    private static final Duration FIRST_CONNECTION = Duration.ofSeconds(1);

    /** A longer message is none of ComfyUI's: previews have at most 512 pixels of edge. */
    private static final int MOST_BYTES = 16 * 1024 * 1024;

    /** The binary event of an unfinished picture, and the eight bytes before its own: event and format. */
    private static final int PREVIEW = 1;

    private static final int PREVIEW_HEADER = 8;

    private final URI address;
    private final SideCalls side;
    private final Cancellation end = new Cancellation();
    private final CountDownLatch connected = new CountDownLatch(1);

    // Written by the connection's thread.
    private volatile boolean started;

    ComfyUiWatch(String client, ServerSettings settings, SideCalls side) {
        HttpUrl http = settings.resolve("/ws?clientId=" + ServerSettings.encoded(client));
        this.address = URI.create(http.toString().replaceFirst("^http", "ws"));
        this.side = side;
    }

    /** Runs {@code exchange} and listens meanwhile. */
    <T> T around(Supplier<T> exchange) {
        Thread thread = new Thread(RunningCalls.carrying(this::listen), "triptych-comfyui-events");
        thread.setDaemon(true);
        thread.start();
        Cancellation.Registration wish = side.context().cancellation().onCancel(connected::countDown);
        try {
            connected.await(FIRST_CONNECTION.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the exchange says so itself
        } finally {
            wish.close();
        }
        try {
            return exchange.get();
        } finally {
            end.cancel();
        }
    }

    private void listen() {
        HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECTING).build();
        try {
            while (!end.isCancelled()) {
                connection(client);
                connected.countDown();
                side.sleep(BEFORE_RECONNECT, end);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One connection, until it breaks or nobody listens any more. */
    private void connection(HttpClient client) throws InterruptedException {
        CountDownLatch closed = new CountDownLatch(1);
        WebSocket socket;
        try {
            socket = client.newWebSocketBuilder()
                    .connectTimeout(CONNECTING)
                    .buildAsync(address, new Listener(closed))
                    .join();
        } catch (CompletionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the events of ComfyUI cannot be heard", e);
            return;
        }
        Cancellation.Registration ending = end.onCancel(closed::countDown);
        try {
            connected.countDown();
            closed.await();
        } finally {
            ending.close();
            socket.abort();
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final CountDownLatch closed;
        private final StringBuilder text = new StringBuilder();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Listener(CountDownLatch closed) {
            this.closed = closed;
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            if (text.length() + part.length() <= MOST_BYTES) {
                text.append(part);
            }
            if (last) {
                event(text.toString());
                text.setLength(0);
            }
            return WebSocket.Listener.super.onText(socket, part, last);
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean last) {
            byte[] copy = new byte[part.remaining()];
            part.get(copy);
            if (bytes.size() + copy.length <= MOST_BYTES) {
                bytes.writeBytes(copy);
            }
            if (last) {
                preview(bytes.toByteArray());
                bytes.reset();
            }
            return WebSocket.Listener.super.onBinary(socket, part, last);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            closed.countDown();
            return WebSocket.Listener.super.onClose(socket, status, reason);
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            LOG.log(System.Logger.Level.DEBUG, "the events of ComfyUI broke off", error);
            closed.countDown();
        }
    }

    private void event(String text) {
        JsonNode message;
        try {
            message = Json.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            return; // what cannot be read tells nothing
        }
        JsonNode data = message.path("data");
        switch (message.path("type").asText("")) {
            case "status" ->
                queued(data.path("status")
                        .path("exec_info")
                        .path("queue_remaining")
                        .asInt(0));
            case "execution_start" -> started = true;
            case "progress" ->
                progress(data.path("value").asInt(), data.path("max").asInt());
            default -> {}
        }
    }

    /** How many are in the queue, this one and the one that runs among them. */
    private void queued(int remaining) {
        if (!started && remaining > 1 && !end.isCancelled()) {
            side.emit(new GenerationEvent.Queued(remaining - 1));
        }
    }

    private void progress(int step, int total) {
        if (step >= 1 && step <= total && !end.isCancelled()) {
            side.emit(new GenerationEvent.Progress(step, total));
        }
    }

    private void preview(byte[] message) {
        if (message.length > PREVIEW_HEADER && ByteBuffer.wrap(message).getInt() == PREVIEW && !end.isCancelled()) {
            side.preview().accept(Arrays.copyOfRange(message, PREVIEW_HEADER, message.length));
        }
    }
}
