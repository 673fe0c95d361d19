package dev.triptych.testkit.http;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.net.URI;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real HTTP server on this machine that answers every request as a test tells it, in each of the ways a hosted API
 * fails. Thread-safe.
 *
 * <pre>{@code
 * try (FaultyServer server = FaultyServer.start()) {
 *     server.breakConnection();
 *     assertThatThrownBy(() -> generatorAt(server.address()).generate("a fox"))
 *             .extracting("outcome").isEqualTo(Outcome.UNKNOWN);
 *     assertThat(server.requests()).hasSize(1); // it may have been billed, so it was not sent again
 * }
 * }</pre>
 */
public final class FaultyServer implements AutoCloseable {

    private static final int HELD_MILLIS = (int) TimeUnit.MINUTES.toMillis(10);
    private static final long PATIENCE_SECONDS = 30;

    private final WireMockServer server =
            new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1"));
    private final Gate gate = new Gate();

    private FaultyServer() {
        server.addMockServiceRequestListener((request, response) -> gate.pass());
    }

    /** A server on a free port that answers 404 until it is told otherwise. */
    public static FaultyServer start() {
        FaultyServer started = new FaultyServer();
        started.server.start();
        return started;
    }

    /** Its address, without a slash at the end. */
    public URI address() {
        return URI.create("http://127.0.0.1:" + server.port());
    }

    /** Answers 200 with {@code body} of type {@code mediaType}. */
    public void answer(String mediaType, byte[] body) {
        always(aResponse().withStatus(200).withHeader("Content-Type", mediaType).withBody(body));
    }

    /** Answers 200 with {@code json}. */
    public void answerJson(String json) {
        always(aResponse()
                .withStatus(200)
                .withHeader("Content-Type", "application/json")
                .withBody(json));
    }

    /** Refuses with {@code status} and {@code body}; what it means is the API's own. */
    public void refuse(int status, String body) {
        always(aResponse().withStatus(status).withBody(body));
    }

    /** Refuses with 429 and asks to come back after {@code wait}, in whole seconds. */
    public void askToWait(Duration wait) {
        always(aResponse().withStatus(429).withHeader("Retry-After", Long.toString(wait.toSeconds())));
    }

    /** Takes the request and breaks the connection: whether it did the work, nobody knows. */
    public void breakConnection() {
        always(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER));
    }

    /** Begins an answer of status 200 and breaks off with rubbish. */
    public void breakOff() {
        always(aResponse().withFault(Fault.MALFORMED_RESPONSE_CHUNK));
    }

    /** Takes the request and says nothing for ten minutes. */
    public void hang() {
        always(aResponse().withStatus(200).withFixedDelay(HELD_MILLIS));
    }

    private void always(ResponseDefinitionBuilder response) {
        server.resetMappings();
        server.stubFor(any(anyUrl()).willReturn(response));
    }

    /** Holds every answer back, after the request has arrived, until {@link #release()}. */
    public void hold() {
        gate.shut();
    }

    /** Lets held answers go, and later ones through. */
    public void release() {
        gate.open();
    }

    /** Returns when {@code count} answers are held. */
    public void awaitHeld(int count) throws InterruptedException {
        gate.awaitHeld(count);
    }

    /** What was asked, oldest first. */
    public List<Received> requests() {
        return server.getAllServeEvents().stream()
                .map(event -> event.getRequest())
                .sorted(Comparator.comparing(LoggedRequest::getLoggedDate))
                .map(Received::of)
                .toList();
    }

    /** Lets held answers go and stops. */
    @Override
    public void close() {
        gate.open();
        server.stop();
    }

    /**
     * A request that arrived.
     *
     * @param method such as {@code "POST"}
     * @param path path and query
     * @param headers its headers
     * @param body its body as text
     */
    public record Received(String method, String path, Headers headers, String body) {

        private static Received of(LoggedRequest request) {
            return new Received(
                    request.getMethod().getName(),
                    request.getUrl(),
                    name -> Optional.ofNullable(firstHeader(request, name)),
                    request.getBodyAsString());
        }

        private static @Nullable String firstHeader(LoggedRequest request, String name) {
            return request.getHeader(name);
        }

        /** Looks a header up. */
        @FunctionalInterface
        public interface Headers {
            /** The first value of header {@code name}, in any case. */
            Optional<String> first(String name);
        }
    }

    /** Where answers wait. */
    private static final class Gate {

        // Guarded by this.
        private boolean shut;
        private int held;

        synchronized void shut() {
            shut = true;
        }

        synchronized void open() {
            shut = false;
            notifyAll();
        }

        synchronized void pass() {
            held++;
            notifyAll();
            try {
                while (shut) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                held--;
            }
        }

        synchronized void awaitHeld(int count) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (held < count) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw new AssertionError("expected " + count + " held answers but found " + held);
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        }
    }
}
