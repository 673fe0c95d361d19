package dev.triptych.server.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;

/**
 * Writes the bodies of answers piece by piece as their clients read them: no thread waits, neither one that serves
 * requests nor one that paints. Who takes nothing for half a minute is hung up on by the container.
 */
public final class AnswerWriter {

    /** What the container keeps in its own buffer and writes without a thread anyway. */
    private static final int SMALL = 8 << 10;

    private static final int PIECE = 64 << 10;

    private static final System.Logger LOG = System.getLogger(AnswerWriter.class.getName());

    private AnswerWriter() {}

    /** Has the answers of all routes written so. */
    public static void addTo(RoutesConfig routes) {
        routes.after(AnswerWriter::takeOver);
    }

    private static void takeOver(Context context) throws IOException {
        InputStream body = context.resultInputStream();
        if (body == null || body.available() <= SMALL) {
            return;
        }
        // All that is answered here are bytes and files, of which this is the length.
        context.res().setContentLength(body.available());
        context.future(() -> written(context, body));
    }

    private static CompletableFuture<Void> written(Context context, InputStream body) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            ServletOutputStream out = context.res().getOutputStream();
            out.setWriteListener(new Body(context, out, body, done));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "an answer could not be begun", e);
            done.complete(null);
        }
        return done;
    }

    /** A body on its way. The container calls it from one thread at a time. */
    private static final class Body implements WriteListener {
        private final Context context;
        private final AsyncContext async;
        private final ServletOutputStream out;
        private final InputStream body;
        private final CompletableFuture<Void> done;
        private final byte[] piece = new byte[PIECE];

        Body(Context context, ServletOutputStream out, InputStream body, CompletableFuture<Void> done) {
            this.context = context;
            this.async = context.req().getAsyncContext();
            this.out = out;
            this.body = body;
            this.done = done;
        }

        @Override
        public void onWritePossible() throws IOException {
            // The piece is the container's until it is ready for the next.
            while (out.isReady()) {
                int read = body.read(piece);
                if (read < 0) {
                    close();
                    done.complete(null);
                    return;
                }
                out.write(piece, 0, read);
            }
        }

        @Override
        public void onError(Throwable error) {
            LOG.log(System.Logger.Level.DEBUG, "the client of an answer went away", error);
            close();
            Departed.hangUp(async);
        }

        /** Closes what was read, and leaves nothing to write. */
        private void close() {
            context.result(new byte[0]);
        }
    }
}
