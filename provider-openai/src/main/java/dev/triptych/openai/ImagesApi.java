package dev.triptych.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.CostClass;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.Outcome;
import dev.triptych.RunningCalls;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.resilience.Sleeper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import okhttp3.HttpUrl;

/** One call of a server's images API: encode, one POST, decode or map the error. Immutable and thread-safe. */
final class ImagesApi {

    private static final System.Logger LOG = System.getLogger(ImagesApi.class.getName());

    /** Where servers refuse a field that they do not know. */
    private static final Set<Integer> BAD_REQUEST = Set.of(400, 422);

    /** What an answer holds beside its pictures. */
    private static final long SLACK = 1024 * 1024;

    /** The longest time that a description is waited for: there is a packaged one. */
    private static final Duration DESCRIPTION = Duration.ofSeconds(10);

    private final ServerProfile server;
    private final HttpTransport transport;
    private final Limits limits;
    private final CostClass costClass;
    private final Sleeper sleeper;

    /** Fields that nobody asked for and that this server has refused. */
    private final Set<String> unwelcome = ConcurrentHashMap.newKeySet();

    ImagesApi(ServerProfile server, HttpTransport transport, Limits limits, CostClass costClass, Sleeper sleeper) {
        this.server = server;
        this.transport = transport;
        this.limits = limits;
        this.costClass = costClass;
        this.sleeper = sleeper;
    }

    /** The answer to {@code request}, which was negotiated before; unfinished pictures become events. */
    ImagesAnswer call(
            ImageRequest request, ServerSettings settings, RunningCalls.Call running, Differences differences) {
        GenerationContext context = running.context();
        Credentials.check(server, settings);
        ApiCall whole = server.encode(request, settings, differences).with(settings.headers(), settings.query());
        ErrorMapper errors = new ErrorMapper(
                new Redaction(settings.secrets(), List.of(request.prompt(), request.negativePrompt())),
                context.clock());
        Consumer<byte[]> preview = bytes -> emit(bytes, context, differences);
        while (true) {
            ApiCall call = whole.without(unwelcome);
            running.begin(costClass);
            try {
                Duration left = limits.timeLeft(context, server.id(), Outcome.NOT_SENT);
                SideCalls side = new SideCalls(transport, sleeper, context, settings, preview);
                return server.during(
                        call,
                        settings,
                        side,
                        () -> transport.post(
                                call, context, left, answer -> read(answer, call, request.count(), errors, preview)));
            } catch (UnwelcomeFieldException e) {
                if (!unwelcome.add(e.field)) {
                    throw e.error; // refused though it was left out
                }
            }
        }
    }

    /** What the server says of the model at {@code address}. */
    JsonNode describe(HttpUrl address, ServerSettings settings, GenerationContext context) {
        ApiCall call = new ApiCall(address, Credentials.bearer(settings), new ApiCall.Json(new byte[0]))
                .with(settings.headers(), settings.query());
        Duration left = limits.timeLeft(context, server.id(), Outcome.NOT_SENT);
        return transport.describe(
                call, context, left.compareTo(DESCRIPTION) < 0 ? left : DESCRIPTION, ImagesApi::description);
    }

    private static JsonNode description(ApiAnswer answer) throws IOException {
        if (answer.status() != 200) {
            throw new UnexpectedResponseException(
                    "status must be 200 but was " + answer.status(), answer.origin(Outcome.NOT_SENT));
        }
        try {
            return Json.MAPPER.readTree(
                    new LimitedInputStream(answer.body(), SLACK, "description must be at most 1 MiB but is larger"));
        } catch (JsonProcessingException e) {
            throw new UnexpectedResponseException(
                    "description must be JSON but was not", answer.origin(Outcome.NOT_SENT), e);
        }
    }

    private ImagesAnswer read(ApiAnswer answer, ApiCall call, int count, ErrorMapper errors, Consumer<byte[]> preview)
            throws IOException {
        LOG.log(
                System.Logger.Level.DEBUG,
                () -> answer + ", request id " + answer.requestId().orElse("none"));
        if (answer.status() >= 200 && answer.status() < 300) {
            return server.decode(limited(answer, count), limits.maxImageBytes(), errors, preview);
        }
        if (!BAD_REQUEST.contains(answer.status())) {
            throw errors.of(answer);
        }
        ErrorBody body = ErrorMapper.body(answer);
        ImageGenerationException error = errors.of(answer, body, call.senderOf(body));
        Optional<String> ownField =
                error instanceof UnsupportedRequestException ? call.ownFieldOf(body) : Optional.empty();
        if (ownField.isPresent()) {
            throw new UnwelcomeFieldException(ownField.get(), error);
        }
        throw error;
    }

    /** A server refuses a field that nobody asked for; asking without it costs nothing, since nothing was done. */
    private static final class UnwelcomeFieldException extends RuntimeException {
        private final String field;
        private final transient ImageGenerationException error;

        UnwelcomeFieldException(String field, ImageGenerationException error) {
            super(error);
            this.field = field;
            this.error = error;
        }
    }

    /** Base64 takes four bytes for three; a stream holds up to three unfinished pictures for each finished one. */
    private ApiAnswer limited(ApiAnswer answer, int count) {
        int pictures = answer.mediaType().equals("text/event-stream") ? 4 * count : count;
        double most = SLACK + 1.4 * limits.maxImageBytes() * pictures;
        return new ApiAnswer(
                answer.providerId(),
                answer.status(),
                answer.headers(),
                new LimitedInputStream(
                        answer.body(),
                        most > Long.MAX_VALUE ? Long.MAX_VALUE : (long) most,
                        "answer must be at most " + (long) most + " bytes (by max-image-bytes) but is larger"));
    }

    /** A preview that cannot be shown is no reason to lose the picture. */
    static void emit(byte[] bytes, GenerationContext context, Differences differences) {
        GenerationEvent.PreviewImage image;
        try {
            image = GenerationEvent.PreviewImage.of(bytes);
        } catch (IllegalArgumentException e) {
            differences.notice("previews", "an unfinished picture could not be shown: " + e.getMessage());
            return;
        }
        context.emit(new GenerationEvent.Preview(image));
    }

    /**
     * How long and how large.
     *
     * @param timeout the longest time for one request where the deadline is later
     * @param maxImageBytes the largest file of one picture
     * @param maxImagePixels the most width × height of one picture
     */
    record Limits(Duration timeout, long maxImageBytes, long maxImagePixels) {

        /** OkHttp counts milliseconds in an int. */
        private static final Duration MAX_TIMEOUT = Duration.ofMillis(Integer.MAX_VALUE);

        private static final Duration MIN_TIMEOUT = Duration.ofMillis(1);

        /** The time for a call that starts now. */
        Duration timeLeft(GenerationContext context, String providerId, Outcome outcome) {
            context.checkActive(providerId, outcome);
            Duration left = context.remaining()
                    .filter(remaining -> remaining.compareTo(timeout) < 0)
                    .orElse(timeout);
            if (left.compareTo(MIN_TIMEOUT) < 0) {
                return MIN_TIMEOUT;
            }
            return left.compareTo(MAX_TIMEOUT) > 0 ? MAX_TIMEOUT : left;
        }
    }
}
