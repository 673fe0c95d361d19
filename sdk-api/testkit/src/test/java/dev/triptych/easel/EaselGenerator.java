package dev.triptych.easel;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.AuthenticationException;
import dev.triptych.Cancellation;
import dev.triptych.Capabilities;
import dev.triptych.ContentRejectedException;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.Negotiation;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.RunningCalls;
import dev.triptych.SizeRule;
import dev.triptych.UnexpectedResponseException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Pictures from an API that takes a prompt and answers with a PNG: {@code POST /paint}. Thread-safe. */
public final class EaselGenerator implements ImageGenerator {

    static final String PROVIDER = "easel";

    private static final Capabilities CAPABILITIES = Capabilities.builder()
            .honours(Parameter.SIZE, Parameter.SEED)
            .sizes(SizeRule.multiplesOf(8, 8, 2048, ImageSize.square(512)))
            .options(PROVIDER, Set.of("easel.varnish"))
            .costClass(CostClass.BILLED)
            .build();

    private final GeneratorInfo info;
    private final URI paint;
    private final String key;
    private final HttpClient client = HttpClient.newHttpClient();
    private final RunningCalls calls = new RunningCalls(this::info);

    /** A generator called {@code name} for the API at {@code address}. */
    public EaselGenerator(String name, URI address, String key) {
        this.info = new GeneratorInfo(name, PROVIDER, "easel-1", "", false);
        this.paint = address.resolve("/paint");
        this.key = key;
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        return calls.run(context, call -> paint(request, call));
    }

    private ImageResult paint(ImageRequest request, RunningCalls.Call call) {
        long start = System.nanoTime();
        GenerationContext context = call.context();
        Negotiation.Negotiated asked = Negotiation.negotiate(request, CAPABILITIES, context.negotiation(), PROVIDER);
        context.checkActive(PROVIDER, Outcome.NOT_SENT);
        context.emit(new GenerationEvent.Started(info));
        context.checkActive(PROVIDER, Outcome.NOT_SENT);
        call.begin(CostClass.BILLED);
        GeneratedImage image = read(send(http(asked.request()), context));
        return ImageResult.of(
                List.of(
                        asked.request().seed().isPresent()
                                ? image.withSeed(asked.request().seed().getAsLong())
                                : image),
                asked.warnings(),
                ExecutionRecord.of(info, context, asked.request(), Duration.ofNanos(System.nanoTime() - start)));
    }

    private HttpRequest http(ImageRequest request) {
        ImageSize size = request.size().orElse(CAPABILITIES.sizes().standard());
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("prompt", request.prompt())
                .put("width", size.width())
                .put("height", size.height());
        request.seed().ifPresent(seed -> body.put("seed", seed));
        request.options().forEach((name, value) -> body.put(name.substring(PROVIDER.length() + 1), value));
        return HttpRequest.newBuilder(paint)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
    }

    /** Sends once. What fails before the request has left is NOT_SENT; after that, nobody knows. */
    @SuppressWarnings("try") // the registration is there to be closed
    private HttpResponse<byte[]> send(HttpRequest request, GenerationContext context) {
        CompletableFuture<HttpResponse<byte[]>> answer =
                client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
        try (Cancellation.Registration stop = context.cancellation().onCancel(() -> answer.cancel(true))) {
            long nanos = context.remaining().map(Duration::toNanos).orElse(Long.MAX_VALUE);
            return answer.get(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new GenerationCancelledException("generation was interrupted", origin(Outcome.UNKNOWN), e);
        } catch (CancellationException e) {
            throw new GenerationCancelledException("generation was cancelled", origin(Outcome.UNKNOWN), e);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw unavailable("the API must answer by the deadline but did not", Outcome.UNKNOWN, e);
        } catch (ExecutionException e) {
            boolean sent = !(e.getCause() instanceof ConnectException);
            throw sent
                    ? unavailable("the API must answer but the connection broke", Outcome.UNKNOWN, e)
                    : unavailable("the API must be there but refuses connections", Outcome.NOT_SENT, e);
        }
    }

    /** The picture, or what the status says became of the call. No message holds what the API wrote. */
    private GeneratedImage read(HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        if (status == 200) {
            try {
                return GeneratedImage.of(answer.body());
            } catch (IllegalArgumentException e) {
                throw new UnexpectedResponseException(
                        "the API must answer with a picture but did not", origin(Outcome.COMPLETED), e);
            }
        }
        throw failure(status, answer.headers().firstValueAsLong("Retry-After").orElse(0));
    }

    private ImageGenerationException failure(int status, long waitSeconds) {
        ErrorOrigin rejected = origin(Outcome.REJECTED).withHttpStatus(status);
        return switch (status) {
            case 401, 403 -> new AuthenticationException("api-key must be valid but was refused", rejected);
            case 422 -> new ContentRejectedException("the API refused the prompt", rejected);
            case 429 ->
                new RateLimitedException(
                        "the API asks to come back later", rejected.withRetryAfter(Duration.ofSeconds(waitSeconds)));
            default ->
                new ProviderUnavailableException(
                        "the API must paint but answered " + status,
                        origin(status < 500 ? Outcome.REJECTED : Outcome.UNKNOWN)
                                .withHttpStatus(status));
        };
    }

    private static ProviderUnavailableException unavailable(String message, Outcome outcome, Throwable cause) {
        return new ProviderUnavailableException(message, origin(outcome), cause);
    }

    private static ErrorOrigin origin(Outcome outcome) {
        return ErrorOrigin.of(PROVIDER, outcome);
    }

    @Override
    public Capabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public GeneratorInfo info() {
        return info;
    }

    /** Lets billed calls finish and refuses new ones. Nothing else is held that needs to be released. */
    @Override
    public void close() {
        calls.close(() -> {});
    }

    /** The name alone: the key is a secret. */
    @Override
    public String toString() {
        return "EaselGenerator[" + info.name() + "]";
    }
}
