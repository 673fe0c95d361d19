package dev.triptych.diffusion.hub;

import dev.triptych.Cancellation;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.Outcome;
import dev.triptych.diffusion.error.LocalErrors;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fills one {@link PartFile} from a server, in a few ranges at the same time where it has them. One thread decides; the
 * bytes are written by the client's. It goes on after whatever passes: a connection that is cut or stands still, a
 * server that is busy, a signed address that is no longer valid. Not thread-safe.
 */
final class Download {

    /** Ranges of one file at the same time. */
    private static final int CONNECTIONS = 4;

    /** How often an address is asked for again, or sends us on, without a byte in between. */
    private static final int MOVES = 8;

    private static final long TICK_MILLIS = 100;

    /** Where the bytes come from. */
    interface Source {

        /** The address to read from; a new one each time, because signed ones expire. */
        URI locate(GenerationContext context) throws IOException;

        /** Whether {@code address} is one that stops being valid, so that a new one can be asked for. */
        boolean expires(URI address);

        /** The error for an answer of the server that {@link #locate} asks. */
        RuntimeException refused(HttpResponse<?> response, String text);
    }

    /** A server that has another file than was expected: asking again does not help. */
    static final class WrongLengthException extends IOException {
        WrongLengthException(String message) {
            super(message);
        }
    }

    private final HubHttp http;
    private final Source source;
    private final PartFile part;
    private final String what;
    private final GenerationContext context;

    private final List<Connection> connections = new ArrayList<>();
    private final BlockingQueue<Optional<Connection>> ended = new LinkedBlockingQueue<>();
    private final Backoff backoff = new Backoff();
    private @Nullable URI address;
    private boolean ranges;
    private boolean whole;
    private boolean finished;
    private boolean startedAgain;
    private int moves;
    private int round;
    private long most;
    private long told = -1;

    /** @param what the file's name in events */
    Download(HubHttp http, Source source, PartFile part, String what, GenerationContext context) {
        this.http = http;
        this.source = source;
        this.part = part;
        this.what = what;
        this.context = context;
        this.most = part.doneBytes();
        this.whole = part.size() < 0;
    }

    /** One request for the rest of one piece. */
    private static final class Connection {
        final int piece;
        final int round;
        final PieceBody body;
        final CompletableFuture<HttpResponse<PieceBody.Result>> answer;
        long seen;
        Instant since;

        Connection(
                int piece,
                int round,
                PieceBody body,
                CompletableFuture<HttpResponse<PieceBody.Result>> answer,
                Instant now) {
            this.piece = piece;
            this.round = round;
            this.body = body;
            this.answer = answer;
            this.since = now;
        }

        void stop() {
            body.stop();
            answer.cancel(true);
        }
    }

    /**
     * Returns when all bytes are there; whether they are the right ones is another matter.
     *
     * @throws IOException if they cannot be had; what came is kept
     */
    @SuppressWarnings("try") // the registration is only closed
    void run() throws IOException {
        try (Cancellation.Registration unused = context.cancellation().onCancel(() -> ended.add(Optional.empty()))) {
            tell();
            while (!isDone()) {
                step();
            }
        } finally {
            stopAll();
        }
        tell();
    }

    private boolean isDone() {
        return part.size() < 0 ? finished : part.isWhole();
    }

    private void step() throws IOException {
        context.checkActive(LocalErrors.PROVIDER, Outcome.NOT_SENT);
        startMore();
        Optional<Connection> next = awaitOne();
        tell();
        if (next.isPresent() && connections.remove(next.get())) {
            handle(next.get());
        }
        for (Connection connection : List.copyOf(connections)) {
            stopIfStalled(connection);
        }
    }

    private void startMore() throws IOException {
        int limit = ranges ? CONNECTIONS : 1;
        for (int piece = 0; piece < part.pieces() && connections.size() < limit; piece++) {
            int candidate = piece;
            boolean busy = connections.stream().anyMatch(each -> each.piece == candidate);
            if (!busy && part.done(piece) < part.length(piece)) {
                start(piece);
            }
        }
    }

    private void start(int piece) throws IOException {
        if (address == null) {
            address = source.locate(context);
        }
        long from = part.start(piece) + part.done(piece);
        boolean ranged = !whole && (from > 0 || part.pieces() > 1);
        HttpRequest.Builder request = http.transferRequest(address);
        if (ranged) {
            request.header("Range", "bytes=" + from + "-" + (part.start(piece) + part.length(piece) - 1));
        }
        PieceBody body = new PieceBody(part, piece, ranged);
        CompletableFuture<HttpResponse<PieceBody.Result>> answer = http.send(request.build(), body);
        Connection connection =
                new Connection(piece, round, body, answer, context.clock().instant());
        connections.add(connection);
        CompletableFuture<?> unused = answer.whenComplete((response, error) -> ended.add(Optional.of(connection)));
    }

    private Optional<Connection> awaitOne() {
        try {
            Optional<Connection> next = ended.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
            return next == null ? Optional.empty() : next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty(); // the next look at the context ends it
        }
    }

    private void tell() {
        long done = part.doneBytes();
        if (done != told) {
            told = done;
            context.emit(new GenerationEvent.Downloading(what, done, part.size()));
        }
    }

    private void stopIfStalled(Connection connection) throws IOException {
        ranges |= connection.body.isAccepted() && !whole;
        Instant now = context.clock().instant();
        long done = part.done(connection.piece);
        if (done != connection.seen) {
            connection.seen = done;
            connection.since = now;
            return;
        }
        Duration patience = connection.body.isAccepted()
                ? http.settings().readTimeout()
                : http.settings().answerTimeout();
        if (Duration.between(connection.since, now).compareTo(patience) >= 0) {
            connection.stop();
            connections.remove(connection);
            failed(connection, new IOException("nothing came for " + patience.toSeconds() + " s"), null);
        }
    }

    private void handle(Connection connection) throws IOException {
        HttpResponse<PieceBody.Result> response;
        try {
            response = connection.answer.join();
        } catch (java.util.concurrent.CompletionException | java.util.concurrent.CancellationException e) {
            IOException cause = HubHttp.cause(e);
            if (cause instanceof PartFile.DiskException) {
                throw cause;
            }
            failed(connection, cause, null);
            return;
        }
        switch (response.body().kind()) {
            case CAME -> came(connection);
            case NO_RANGES -> startAsWhole();
            case WRONG_LENGTH -> throw wrongLength(response.body().text());
            case REFUSED -> refused(connection, response);
        }
    }

    private void came(Connection connection) throws IOException {
        if (part.size() < 0) {
            finished = true;
        } else if (part.done(connection.piece) < part.length(connection.piece)) {
            failed(connection, new IOException("the server ended the file too early"), null);
        }
    }

    private IOException wrongLength(String found) {
        return new WrongLengthException(what + " must have " + part.size() + " bytes but the server's has " + found);
    }

    /** The server knows no ranges: from the beginning, in one go. */
    private void startAsWhole() throws IOException {
        stopAll();
        if (whole) {
            throw new IOException("the server must send the whole file but sent a part of it");
        }
        whole = true;
        ranges = false;
        part.restart(Math.max(part.size(), 1));
    }

    private void refused(Connection connection, HttpResponse<PieceBody.Result> response) throws IOException {
        int status = response.statusCode();
        Optional<URI> next = HubHttp.redirect(response);
        if (next.isPresent()) {
            move(response);
            address = next.get();
        } else if (HubHttp.mayPass(status)) {
            failed(connection, new IOException("the server answered " + status), response);
        } else if (status == 416) {
            beyondTheEnd(response);
        } else if (source.expires(response.uri()) && status >= 400 && status < 500) {
            move(response); // a signed address that has expired
            address = null;
        } else {
            throw source.refused(response, response.body().text());
        }
    }

    /** Counts what could go on for ever. */
    private void move(HttpResponse<PieceBody.Result> response) {
        if (part.doneBytes() > most) {
            most = part.doneBytes();
            moves = 0;
        }
        if (++moves > MOVES) {
            throw source.refused(response, response.body().text());
        }
    }

    private void beyondTheEnd(HttpResponse<PieceBody.Result> response) throws IOException {
        long total =
                ContentRange.of(response.headers()).map(ContentRange::total).orElse(-1L);
        if (total >= 0 && total != part.size()) {
            throw wrongLength(Long.toString(total));
        }
        if (startedAgain) {
            throw new IOException("the server refused a range of the file twice (416)");
        }
        startedAgain = true;
        stopAll();
        part.restart(PartFile.PIECE);
    }

    /** Waits and lets the next step try again; after too many failures without a byte in between it gives up. */
    private void failed(Connection connection, IOException reason, @Nullable HttpResponse<?> response)
            throws IOException {
        long done = part.doneBytes();
        if (done > most) {
            most = done;
            backoff.reset();
        } else if (connection.round < round) {
            return; // it began before a failure that was waited for
        } else if (!backoff.hasMore()) {
            throw reason;
        }
        round++;
        if (whole) {
            part.restart(part.size() < 0 ? Long.MAX_VALUE : Math.max(part.size(), 1));
        }
        Duration pause = response == null ? backoff.next() : backoff.next(response);
        http.tellWait(pause);
        http.pause(pause, context);
    }

    private void stopAll() {
        connections.forEach(Connection::stop);
        connections.clear();
    }
}
