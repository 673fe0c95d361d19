package dev.triptych.diffusion.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** An answer kept in memory, up to a size: a server may send more than is sensible. */
final class CappedBody implements BodySubscriber<byte[]> {

    private final int limit;
    private final boolean cut;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;

    private CappedBody(int limit, boolean cut) {
        this.limit = limit;
        this.cut = cut;
    }

    /** At most {@code limit} bytes; more is an error. */
    static CappedBody of(int limit) {
        return new CappedBody(limit, false);
    }

    /** The first {@code limit} bytes; the rest is not read. */
    static CappedBody firstOf(int limit) {
        return new CappedBody(limit, true);
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            byte[] piece = new byte[Math.min(buffer.remaining(), limit - bytes.size())];
            boolean more = buffer.remaining() > piece.length;
            buffer.get(piece);
            bytes.writeBytes(piece);
            if (more) {
                end();
                return;
            }
        }
    }

    private void end() {
        if (cut) {
            onComplete();
        } else {
            body.completeExceptionally(new IOException("an answer must have at most " + limit + " bytes but had more"));
        }
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
        body.complete(bytes.toByteArray());
    }
}
