package dev.triptych.openai;

import dev.triptych.Cancellation;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RunningCalls;
import dev.triptych.UnexpectedResponseException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.internal.http2.ErrorCode;
import okhttp3.internal.http2.StreamResetException;
import okio.BufferedSink;

/**
 * Sends one call and reads one answer, at most once each: OkHttp neither retries nor follows a redirect here.
 * Thread-safe.
 *
 * <p>No connection is kept for later: a server closes an idle one when it likes, and a call that finds it closed cannot
 * tell whether it was heard. A picture takes seconds, so a fresh connection costs nothing by comparison.
 *
 * <p>The exchange runs on a thread of its own while the caller waits, so that an interrupt, a cancellation or the
 * deadline end the wait at once, even in the middle of a name look-up, and then abort the socket. What became of the
 * call follows from how far it got: {@link Outcome#NOT_SENT} until the first byte of the body was asked for,
 * {@link Outcome#UNKNOWN} from there to the answer's status, {@link Outcome#COMPLETED} once a status 200 was there. An
 * HTTP/2 server that refuses our stream, or goes away before it, says itself that it did nothing (RFC 9113, 8.7).
 */
final class HttpTransport implements AutoCloseable {

    /** How long after the deadline OkHttp's own timeout may take to say so. */
    private static final Duration GRACE = Duration.ofMillis(250);

    private static final int STATUS_OK = 200;
    private static final int STATUS_CREATED = 201;

    private static final String USER_AGENT = "triptych-openai/"
            + Objects.requireNonNullElse(HttpTransport.class.getPackage().getImplementationVersion(), "dev");

    /** What all generators share whose caller brings no client: settings, no connections. */
    private static final OkHttpClient SHARED = new OkHttpClient();

    private final OkHttpClient client;
    private final String providerId;

    /** A transport with {@code client}'s proxy, TLS settings and interceptors, and connections of its own. */
    HttpTransport(OkHttpClient client, String providerId) {
        this.client = client.newBuilder()
                .retryOnConnectionFailure(false)
                .followRedirects(false)
                .followSslRedirects(false)
                .connectionPool(new ConnectionPool(0, 1, TimeUnit.NANOSECONDS))
                .socketFactory(new KeepAliveSockets(client.socketFactory()))
                .build();
        this.providerId = providerId;
    }

    /** The client of all generators whose caller brings none. */
    static OkHttpClient shared() {
        return SHARED;
    }

    /** Reads an answer while it arrives. */
    @FunctionalInterface
    interface AnswerReader<T> {
        /** What {@code answer} holds; the body is closed afterwards. */
        T read(ApiAnswer answer) throws IOException;
    }

    /** Sends {@code call} and gives what {@code reader} makes of the answer, within {@code limit}. */
    <T> T post(ApiCall call, GenerationContext context, Duration limit, AnswerReader<T> reader) {
        Progress progress = new Progress();
        Request.Builder request = new Request.Builder().url(call.url());
        call.headers().forEach(request::header);
        request.header("User-Agent", USER_AGENT);
        if (Credentials.isPrintable(context.requestId())) {
            request.header("X-Client-Request-Id", context.requestId());
        }
        request.post(new TrackedBody(body(call.body()), progress));
        return exchange(client, request.build(), progress, context, limit, reader);
    }

    /** Asks for what a server says of itself, with what a call to it says; nothing is made or billed. */
    <T> T describe(ApiCall call, GenerationContext context, Duration limit, AnswerReader<T> reader) {
        Request.Builder request = new Request.Builder().url(call.url()).header("User-Agent", USER_AGENT);
        call.headers().forEach(request::header);
        try {
            return exchange(client, request.build(), new Progress(), context, limit, reader);
        } catch (GenerationCancelledException e) {
            throw new GenerationCancelledException(
                    String.valueOf(e.getMessage()), ErrorOrigin.of(providerId, Outcome.NOT_SENT), e);
        }
    }

    /** Sends {@code call} with {@code method}, such as {@code "PUT"}; nothing is made or billed. */
    <T> T send(String method, ApiCall call, GenerationContext context, Duration limit, AnswerReader<T> reader) {
        Request.Builder request = new Request.Builder().url(call.url()).header("User-Agent", USER_AGENT);
        call.headers().forEach(request::header);
        request.method(method, body(call.body()));
        return exchange(client, request.build(), new Progress(), context, limit, reader);
    }

    /** Fetches {@code request} through {@code fetcher}, a client of its own rules; the pictures exist already. */
    <T> T get(
            OkHttpClient fetcher, Request request, GenerationContext context, Duration limit, AnswerReader<T> reader) {
        Progress progress = new Progress();
        progress.pictureExists();
        return exchange(fetcher, request, progress, context, limit, reader);
    }

    /** The client, for what derives another from it. */
    OkHttpClient client() {
        return client;
    }

    private <T> T exchange(
            OkHttpClient through,
            Request request,
            Progress progress,
            GenerationContext context,
            Duration limit,
            AnswerReader<T> reader) {
        Call call = through.newBuilder()
                .readTimeout(limit)
                .writeTimeout(limit)
                .callTimeout(limit)
                .build()
                .newCall(request);
        CompletableFuture<T> done = new CompletableFuture<>();
        start(() -> run(call, progress, reader, done));
        Cancellation.Registration registration = context.cancellation().onCancel(() -> done.cancel(false));
        try {
            return done.get(limit.plus(GRACE).toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            progress.abandon();
            Thread.currentThread().interrupt();
            throw new GenerationCancelledException("generation was interrupted", origin(progress), e);
        } catch (CancellationException e) {
            progress.abandon();
            throw new GenerationCancelledException("generation was cancelled", origin(progress), e);
        } catch (TimeoutException e) {
            progress.abandon();
            throw tooLate(limit, progress, e);
        } catch (ExecutionException e) {
            throw translate(e, request.url().host(), limit, progress);
        } finally {
            registration.close();
            call.cancel();
        }
    }

    /** A thread of its own, which ends with the exchange: none is left over, and none is refused while closing. */
    private void start(Runnable work) {
        Thread thread = new Thread(RunningCalls.carrying(work), "triptych-" + providerId);
        thread.setDaemon(true);
        thread.start();
    }

    private <T> void run(Call call, Progress progress, AnswerReader<T> reader, CompletableFuture<T> done) {
        try (Response response = call.execute()) {
            ApiAnswer answer = answer(response);
            progress.advance(answer);
            done.complete(reader.read(answer));
        } catch (Throwable e) {
            done.completeExceptionally(e);
        }
    }

    private ApiAnswer answer(Response response) {
        Map<String, String> headers = new LinkedHashMap<>();
        response.headers().forEach(header -> headers.put(header.getFirst(), header.getSecond()));
        InputStream body = response.body().byteStream();
        return new ApiAnswer(providerId, response.code(), headers, body);
    }

    private RuntimeException translate(ExecutionException e, String host, Duration limit, Progress progress) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (cause instanceof Error error) {
            throw error;
        }
        if (cause instanceof RuntimeException known) {
            return known;
        }
        if (cause instanceof UnusablePictureException) {
            return new UnexpectedResponseException(String.valueOf(cause.getMessage()), origin(progress), cause);
        }
        if (cause instanceof StreamResetException reset && reset.errorCode == ErrorCode.REFUSED_STREAM) {
            progress.refuse();
        }
        if (cause instanceof InterruptedIOException && !isConnectTimeout(cause, progress)) {
            return tooLate(limit, progress, cause);
        }
        return new ProviderUnavailableException(describe(cause, host, progress), origin(progress), cause);
    }

    /**
     * OkHttp's connect timeout, 10 seconds unless the caller's client says otherwise, is shorter than most deadlines.
     */
    private static boolean isConnectTimeout(Throwable cause, Progress progress) {
        return cause instanceof SocketTimeoutException && progress.outcome() == Outcome.NOT_SENT;
    }

    private static String describe(Throwable cause, String host, Progress progress) {
        if (cause instanceof UnknownHostException) {
            return "host must resolve to an address but did not: " + host;
        }
        if (cause instanceof ConnectException || isConnectTimeout(cause, progress)) {
            return "host must accept a connection but did not: " + host;
        }
        if (cause instanceof SSLException) {
            return "host must speak TLS with a certificate we trust but did not: " + host;
        }
        if (progress.outcome() == Outcome.NOT_SENT) {
            return "host must take the call but went away before it: " + host;
        }
        return progress.outcome() == Outcome.COMPLETED
                ? "answer must come whole but the connection broke within it: " + host
                : "host must answer but the connection broke: " + host;
    }

    private ProviderUnavailableException tooLate(Duration limit, Progress progress, Throwable cause) {
        return new ProviderUnavailableException(
                "answer must come within " + limit.toMillis() + " ms but did not", origin(progress), cause);
    }

    private ErrorOrigin origin(Progress progress) {
        ErrorOrigin origin = ErrorOrigin.of(providerId, progress.outcome());
        return progress.requestId().map(origin::withRequestId).orElse(origin);
    }

    private static RequestBody body(ApiCall.Body body) {
        if (body instanceof ApiCall.Json json) {
            return RequestBody.create(json.content(), MediaType.get("application/json"));
        }
        MultipartBody.Builder form = new MultipartBody.Builder().setType(MultipartBody.FORM);
        for (ApiCall.Part part : ((ApiCall.Form) body).parts()) {
            String mediaType = part.mediaType();
            RequestBody content =
                    RequestBody.create(part.content(), mediaType == null ? null : MediaType.get(mediaType));
            form.addFormDataPart(part.name(), part.fileName(), content);
        }
        return form.build();
    }

    /** Drops the connections, of which there are none while no call runs. The client that was given stays open. */
    @Override
    public void close() {
        client.connectionPool().evictAll();
    }

    /**
     * How far a call has got. Written by the exchange's thread, read by the caller's. Once the caller has given up,
     * nothing more is sent: what was reported as not sent stays so.
     */
    private static final class Progress {
        private Outcome outcome = Outcome.NOT_SENT;
        private Optional<String> requestId = Optional.empty();
        private boolean abandoned;

        synchronized Outcome outcome() {
            return outcome;
        }

        synchronized Optional<String> requestId() {
            return requestId;
        }

        synchronized void pictureExists() {
            outcome = Outcome.COMPLETED;
        }

        synchronized void beginBody() throws IOException {
            if (abandoned) {
                throw new InterruptedIOException("the caller has given up");
            }
            outcome = Outcome.UNKNOWN;
        }

        /** The server says that it did not begin; an answer that has come already counts more. */
        synchronized void refuse() {
            if (outcome == Outcome.UNKNOWN) {
                outcome = Outcome.NOT_SENT;
            }
        }

        synchronized void abandon() {
            abandoned = true;
        }

        /** The status of a stream comes before the work, that of a document after it. */
        synchronized void advance(ApiAnswer answer) {
            requestId = answer.requestId();
            if ((answer.status() == STATUS_OK || answer.status() == STATUS_CREATED)
                    && !answer.mediaType().equals("text/event-stream")) {
                outcome = Outcome.COMPLETED;
            }
        }
    }

    /** A body that notes when it is first asked for, and that OkHttp may send once only. */
    private static final class TrackedBody extends RequestBody {
        private final RequestBody body;
        private final Progress progress;

        TrackedBody(RequestBody body, Progress progress) {
            this.body = body;
            this.progress = progress;
        }

        @Override
        public MediaType contentType() {
            return body.contentType();
        }

        @Override
        public long contentLength() throws IOException {
            return body.contentLength();
        }

        @Override
        public boolean isOneShot() {
            return true;
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            progress.beginBody();
            body.writeTo(sink);
        }
    }
}
