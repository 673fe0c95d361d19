package dev.triptych.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Cancellation;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerationException;
import dev.triptych.resilience.Sleeper;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import okhttp3.HttpUrl;

/**
 * Small questions to a server beside a call that runs. None of them is the call's business: one that fails is as good
 * as not asked. Thread-safe.
 *
 * @param transport what they go by
 * @param sleeper how to wait between them
 * @param context the call's own
 * @param settings where the server is
 * @param preview who is shown unfinished pictures
 */
record SideCalls(
        HttpTransport transport,
        Sleeper sleeper,
        GenerationContext context,
        ServerSettings settings,
        Consumer<byte[]> preview) {

    private static final System.Logger LOG = System.getLogger(SideCalls.class.getName());

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** A preview in base64 is the most of what is answered. */
    private static final long MOST_BYTES = 32L * 1024 * 1024;

    /** What the server answers to a GET of {@code path}, whether the call is cancelled or not; empty where nothing. */
    Optional<JsonNode> get(String path, Map<String, String> headers) {
        return ask(() -> transport.describe(call(path, headers), own(), PATIENCE, SideCalls::tree));
    }

    /** The same while the call is wanted. */
    Optional<JsonNode> getWhileWanted(String path, Map<String, String> headers) {
        Duration limit =
                context.remaining().filter(left -> left.compareTo(PATIENCE) < 0).orElse(PATIENCE);
        return limit.isZero()
                ? Optional.empty()
                : ask(() -> transport.describe(call(path, headers), context, limit, SideCalls::tree));
    }

    /** What the server answers to a POST without a body to {@code path}; empty where it does not. */
    Optional<JsonNode> post(String path, Map<String, String> headers) {
        return ask(() -> transport.post(call(path, headers), own(), PATIENCE, SideCalls::tree));
    }

    /** Whether the server takes {@code body}, sent with {@code method} to {@code url}; it may not answer at all. */
    boolean succeeds(String method, HttpUrl url, Map<String, String> headers, JsonNode body) {
        ApiCall call = new ApiCall(url, headers, new ApiCall.Json(Json.bytes(body)))
                .with(settings.headers(), settings.query());
        try {
            return transport.send(
                    method, call, own(), PATIENCE, answer -> answer.status() >= 200 && answer.status() < 300);
        } catch (ImageGenerationException e) {
            LOG.log(System.Logger.Level.DEBUG, "a server did not hear what it was told beside a call", e);
            return false;
        }
    }

    private ApiCall call(String path, Map<String, String> headers) {
        return new ApiCall(settings.resolve(path), headers, new ApiCall.Json(new byte[] {'{', '}'}))
                .with(settings.headers(), settings.query());
    }

    /** The call may be cancelled, and what is asked then must get through all the same. */
    private GenerationContext own() {
        return GenerationContext.builder()
                .clock(context.clock())
                .requestId(context.requestId())
                .build();
    }

    private interface Question {
        Optional<JsonNode> ask();
    }

    private static Optional<JsonNode> ask(Question question) {
        try {
            return question.ask();
        } catch (ImageGenerationException e) {
            LOG.log(System.Logger.Level.DEBUG, "a question beside a call was not answered", e);
            return Optional.empty();
        }
    }

    private static Optional<JsonNode> tree(ApiAnswer answer) throws IOException {
        if (answer.status() != 200) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(Json.LENIENT.readTree(
                    new LimitedInputStream(answer.body(), MOST_BYTES, "answer must be at most 32 MiB but is larger")));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /** Tells the call's listener. */
    void emit(GenerationEvent event) {
        context.emit(event);
    }

    /**
     * Waits for {@code time} or until {@code end}.
     *
     * @throws InterruptedException if this thread is interrupted
     */
    void sleep(Duration time, Cancellation end) throws InterruptedException {
        sleeper.sleep(time, end);
    }

    @Override
    public String toString() {
        return "SideCalls[]";
    }
}
