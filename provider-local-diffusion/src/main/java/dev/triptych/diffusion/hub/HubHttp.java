package dev.triptych.diffusion.hub;

import dev.triptych.Cancellation;
import dev.triptych.GenerationContext;
import dev.triptych.Outcome;
import dev.triptych.diffusion.error.LocalErrors;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Requests to the hub and to where it sends us. Follows redirects by hand, because the token goes to the hub alone:
 * never to another host, another port or another scheme. Thread-safe.
 */
final class HubHttp {

    private static final System.Logger LOG = System.getLogger(HubHttp.class.getName());

    static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    /** How often something is asked that fails for a reason that may pass (huggingface_hub 2.4.0, utils/_http.py). */
    static final int RETRIES = 5;

    private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);
    private static final int REDIRECT_LIMIT = 10;
    private static final int ERROR_LIMIT = 1 << 16;
    private static final Duration BODY_LIMIT = Duration.ofMinutes(5);

    private final HubSettings settings;
    private final HttpClient client;
    private final Pause pause;
    private final Origin endpoint;

    /**
     * Speaks as {@code settings} say.
     *
     * @param client must follow no redirects
     */
    HubHttp(HubSettings settings, HttpClient client, Pause pause) {
        if (client.followRedirects() != HttpClient.Redirect.NEVER) {
            throw new IllegalArgumentException("client must follow no redirects but does");
        }
        this.settings = settings;
        this.client = client;
        this.pause = pause;
        this.endpoint = Origin.of(settings.endpoint());
    }

    /** A client as it should be: no redirects, one connection a request, the proxy that the environment names. */
    static HttpClient newClient(HubSettings settings) {
        HttpClient.Builder client = HttpClient.newBuilder();
        settings.proxy().ifPresent(client::proxy);
        return client.version(HttpClient.Version.HTTP_1_1) // ranges in parallel are connections in parallel
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.answerTimeout())
                .build();
    }

    HubSettings settings() {
        return settings;
    }

    /** Waits before something is tried again. */
    void pause(Duration duration, GenerationContext context) {
        pause.pause(duration, context);
    }

    /** Whether {@code address} is the hub's own, so that the token may go there. */
    boolean isHub(URI address) {
        Origin origin = Origin.of(address);
        return origin.equals(endpoint) || origin.isHuggingFace();
    }

    /** A request to {@code address}, with the token if that is the hub's. */
    private HttpRequest.Builder request(URI address) {
        return transferRequest(address).timeout(settings.answerTimeout());
    }

    /** A request whose answer may take its time; the token goes with it if {@code address} is the hub's. */
    HttpRequest.Builder transferRequest(URI address) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .header("Accept-Encoding", "identity")
                .header("User-Agent", settings.userAgent());
        if (isHub(address)) {
            settings.token().authorization().ifPresent(value -> request.header("Authorization", value));
        }
        return request;
    }

    /** Sends {@code request}; the future is cancelled to stop it. */
    <T> CompletableFuture<HttpResponse<T>> send(HttpRequest request, BodyHandler<T> handler) {
        return client.sendAsync(request, handler);
    }

    /**
     * Asks {@code address}, again where the server is busy or away, and follows redirects that stay on the hub. One
     * that leads away is the answer. An answer that is no success is one too: its first bytes are its body.
     *
     * @param limit bytes of an answer
     * @throws IOException if there was no answer
     */
    HttpResponse<byte[]> ask(String method, URI address, int limit, GenerationContext context) throws IOException {
        URI current = address;
        for (int hops = 0; hops <= REDIRECT_LIMIT; hops++) {
            HttpResponse<byte[]> response = persistently(method, current, limit, context);
            Optional<URI> next = redirect(response);
            if (next.isEmpty() || !isHub(next.get())) {
                return response;
            }
            current = next.get();
        }
        throw new IOException("the hub must not send a request round in circles but did");
    }

    /**
     * Where {@code response} sends us, if it does.
     *
     * @throws IOException if it leads from an encrypted to an open address, or to no address
     */
    static Optional<URI> redirect(HttpResponse<?> response) throws IOException {
        Optional<String> location = response.headers().firstValue("Location");
        if (!REDIRECTS.contains(response.statusCode()) || location.isEmpty()) {
            return Optional.empty();
        }
        URI next;
        try {
            next = response.uri().resolve(location.get());
        } catch (IllegalArgumentException e) {
            throw new IOException("a redirect must lead to an address but did not");
        }
        if (!Origin.isHttp(next)) {
            throw new IOException("a redirect must lead to an http or https address but did not");
        }
        if (Origin.of(response.uri()).isSecure() && !Origin.of(next).isSecure()) {
            throw new IOException("a redirect must not lead from https to http but did, to " + next.getHost());
        }
        return Optional.of(next);
    }

    private HttpResponse<byte[]> persistently(String method, URI address, int limit, GenerationContext context)
            throws IOException {
        Backoff backoff = new Backoff();
        while (true) {
            Duration wait;
            try {
                HttpRequest request = request(address)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build();
                HttpResponse<byte[]> response = await(
                        send(
                                request,
                                answer -> answer.statusCode() == 200
                                        ? CappedBody.of(limit)
                                        : CappedBody.firstOf(ERROR_LIMIT)),
                        BODY_LIMIT,
                        context);
                if (!mayPass(response.statusCode()) || !backoff.hasMore()) {
                    return response;
                }
                wait = backoff.next(response);
            } catch (IOException e) {
                if (!backoff.hasMore()) {
                    throw e;
                }
                wait = backoff.next();
            }
            tellWait(wait);
            pause.pause(wait, context);
        }
    }

    /** Whether an error of this status may pass by itself. */
    static boolean mayPass(int status) {
        return PASSING.contains(status);
    }

    /** Says that the hub lets us wait, where a person would notice. */
    void tellWait(Duration wait) {
        if (wait.toSeconds() > 10) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> settings.host() + " asks to wait " + wait.toSeconds() + " s before it sends more");
        }
    }

    /** Waits for an answer; cancelling ends it at once, and so does the deadline. */
    @SuppressWarnings("try") // the registration is only closed
    private static <T> T await(CompletableFuture<T> answer, Duration limit, GenerationContext context)
            throws IOException {
        Duration patience =
                context.remaining().filter(left -> left.compareTo(limit) < 0).orElse(limit);
        try (Cancellation.Registration unused = context.cancellation().onCancel(() -> answer.cancel(true))) {
            return answer.get(patience.toMillis() + 1, TimeUnit.MILLISECONDS);
        } catch (CancellationException e) {
            context.checkActive(LocalErrors.PROVIDER, Outcome.NOT_SENT);
            throw new InterruptedIOException("the request was cancelled");
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            context.checkActive(LocalErrors.PROVIDER, Outcome.NOT_SENT);
            throw new InterruptedIOException("the request was interrupted");
        } catch (TimeoutException e) {
            answer.cancel(true);
            context.checkActive(LocalErrors.PROVIDER, Outcome.NOT_SENT);
            throw new IOException("the whole answer must come within " + limit.toSeconds() + " s but did not", e);
        } catch (ExecutionException e) {
            throw cause(e);
        }
    }

    /** The network's own error. */
    static IOException cause(Throwable error) {
        Throwable cause = error;
        while ((cause instanceof ExecutionException || cause instanceof java.util.concurrent.CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof IOException e ? e : new IOException(String.valueOf(cause), cause);
    }
}
