package dev.triptych.diffusion.hub;

import java.io.IOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * What comes of one request for a piece: its bytes go to the {@link PartFile} as they come, or the answer was another
 * one. Serves one request.
 */
final class PieceBody implements BodyHandler<PieceBody.Result>, BodySubscriber<PieceBody.Result> {

    private static final int ERROR_LIMIT = 1 << 16;

    /** What an answer was. */
    enum Kind {
        /** The bytes came, all that the server meant to send. */
        CAME,
        /** The server sent the whole though a range was asked for. */
        NO_RANGES,
        /** The server's file has another length. */
        WRONG_LENGTH,
        /** No bytes of the file, but a status. */
        REFUSED
    }

    /**
     * An answer.
     *
     * @param text what the server says, where it refused; where the length is wrong, the length
     */
    record Result(Kind kind, String text) {}

    private final PartFile part;
    private final int piece;
    private final boolean ranged;
    private final long from;
    private final CompletableFuture<Result> body = new CompletableFuture<>();
    private volatile boolean accepted;

    // Guarded by this.
    private Flow.@Nullable Subscription subscription;
    private boolean stopped;

    /** For the rest of {@code piece}; {@code ranged} = a range was asked for, else the whole file. */
    PieceBody(PartFile part, int piece, boolean ranged) {
        this.part = part;
        this.piece = piece;
        this.ranged = ranged;
        this.from = part.start(piece) + part.done(piece);
    }

    /** Whether the server sends what was asked for. */
    boolean isAccepted() {
        return accepted;
    }

    @Override
    public BodySubscriber<Result> apply(ResponseInfo answer) {
        int status = answer.statusCode();
        if (status != 200 && status != 206) {
            return BodySubscribers.mapping(
                    CappedBody.firstOf(ERROR_LIMIT),
                    text -> new Result(Kind.REFUSED, new String(text, StandardCharsets.UTF_8)));
        }
        Optional<String> encoding = answer.headers().firstValue("Content-Encoding");
        if (encoding.isPresent() && !encoding.get().equalsIgnoreCase("identity")) {
            body.completeExceptionally(
                    new IOException("the file must come as it is but comes in the encoding " + encoding.get()));
            return this;
        }
        Optional<ContentRange> range = ContentRange.of(answer.headers());
        long length = answer.headers().firstValueAsLong("Content-Length").orElse(-1);
        long total = range.map(ContentRange::total).orElse(ranged || range.isPresent() ? -1 : length);
        if (part.size() >= 0 && total >= 0 && total != part.size()) {
            return ended(new Result(Kind.WRONG_LENGTH, Long.toString(total)));
        }
        if (ranged ? range.isEmpty() || range.get().start() != from : range.isPresent()) {
            return ended(new Result(Kind.NO_RANGES, ""));
        }
        accepted = true;
        return this;
    }

    /** Reads nothing more: what the answer was is known. */
    private BodySubscriber<Result> ended(Result result) {
        body.complete(result);
        return this;
    }

    @Override
    public CompletionStage<Result> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        synchronized (this) {
            subscription = given;
        }
        if (body.isDone()) {
            given.cancel();
        } else {
            given.request(1);
        }
    }

    @Override
    public synchronized void onNext(List<ByteBuffer> buffers) {
        if (stopped || subscription == null) {
            return;
        }
        long count = buffers.stream().mapToLong(ByteBuffer::remaining).sum();
        long room = part.length(piece) - part.done(piece);
        try {
            if (count > room) {
                throw new IOException("the server must send at most what was asked for but sent more");
            }
            part.write(piece, buffers);
            subscription.request(1);
        } catch (IOException e) {
            stopped = true;
            subscription.cancel();
            body.completeExceptionally(e);
        }
    }

    /** Nothing is written any more when this returns. */
    synchronized void stop() {
        stopped = true;
        if (subscription != null) {
            subscription.cancel();
        }
    }

    @Override
    public void onError(Throwable error) {
        body.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
        body.complete(new Result(Kind.CAME, ""));
    }
}
