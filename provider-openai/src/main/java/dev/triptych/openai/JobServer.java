package dev.triptych.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Cancellation;
import dev.triptych.CostClass;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RequestJson;
import dev.triptych.RunningCalls;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.internal.Sha256;
import dev.triptych.resilience.Sleeper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * A server that takes jobs: submit gives an id, asking by it tells how far the job is, and in the end where its
 * pictures lie. The id is in the {@link JobLog} before it is first asked for. So a call that ends early (its process
 * dies, its time is up, the network is away) leaves an open job, which the same request takes up without a second
 * submit.
 *
 * <p>Submitting is not idempotent: where its answer is lost nobody knows whether there is a job, and the outcome is
 * {@link Outcome#UNKNOWN}. Asking is: it is repeated while there is time, and hears cancellation. Thread-safe.
 */
final class JobServer implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(JobServer.class.getName());

    /** The wait before the first question; each further one is half as long again. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

    /** The longest that one question takes; a proxy may be slower than the server. */
    private static final Duration QUESTION = Duration.ofSeconds(30);

    /** No server of those that we know keeps a link longer that it has named once. */
    private static final Duration LINKS_LAST = Duration.ofHours(1);

    /** Answers in a row that cannot be read, after which the server is one that cannot be talked to. */
    private static final int MOST_UNREADABLE = 5;

    /** What an answer holds beside its pictures, which may stand in it as data URLs. */
    private static final long SLACK = 1024 * 1024;

    private final ServerProfile server;
    private final JobDialect dialect;
    private final HttpTransport transport;
    private final ImagesApi.Limits limits;
    private final CostClass costClass;
    private final Sleeper sleeper;
    private final JobLog log;

    JobServer(
            ServerProfile server,
            JobDialect dialect,
            HttpTransport transport,
            ImagesApi.Limits limits,
            CostClass costClass,
            Sleeper sleeper,
            JobLog log) {
        this.server = server;
        this.dialect = dialect;
        this.transport = transport;
        this.limits = limits;
        this.costClass = costClass;
        this.sleeper = sleeper;
        this.log = log;
    }

    /**
     * The pictures of a job, and the job itself, to say that they are delivered.
     *
     * @param answer where the pictures lie
     * @param entry whose they are
     */
    record Finished(ImagesAnswer answer, JobLog.Entry entry) {}

    /** The pictures of {@code request}, which was negotiated before: of an open job of the same, or of a new one. */
    Finished run(ImageRequest request, ServerSettings settings, RunningCalls.Call running, Differences differences) {
        Credentials.check(server, settings);
        ApiCall submit = server.encode(request, settings, differences).with(settings.headers(), settings.query());
        Redaction redaction = new Redaction(settings.secrets(), List.of(request.prompt(), request.negativePrompt()));
        for (ApiCall upload : server.uploads(request, settings, new Differences(differences))) {
            upload(upload, settings, redaction, running.context());
        }
        running.begin(costClass); // from here on closing lets the job be done
        JobLog.Entry entry = claim(request, settings, running.context());
        if (entry.state() == JobLog.State.ACCEPTED) {
            differences.notice(
                    "job",
                    "an earlier call submitted the same and left its job; its pictures were taken and nothing was"
                            + " submitted");
            return await(entry, entry.ticket().orElseThrow(), settings, redaction, running.context(), request.count());
        }
        GenerationContext context = running.context();
        return server.during(
                submit, settings, side(settings, context, bytes -> ImagesApi.emit(bytes, context, differences)), () -> {
                    JobTicket ticket = submit(submit, entry, settings, redaction, context);
                    return await(entry, ticket, settings, redaction, context, request.count());
                });
    }

    /**
     * The pictures of the open job that the server calls {@code id}; empty where there is no such job that nobody waits
     * for.
     */
    Optional<Finished> resume(String id, ServerSettings settings, RunningCalls.Call running) {
        Credentials.check(server, settings);
        running.begin(costClass);
        Optional<JobLog.Entry> entry;
        try {
            entry = log.claimOpen(id, running.context().clock());
        } catch (IOException e) {
            throw unwritten(e);
        }
        Redaction redaction = new Redaction(settings.secrets(), List.of());
        return entry.map(open -> await(
                open, open.ticket().orElseThrow(), settings, redaction, running.context(), ImageRequest.MAX_COUNT));
    }

    /** The accepted jobs that nobody waits for. */
    List<JobLog.Entry> open(Clock clock) {
        try {
            return log.open(clock);
        } catch (IOException e) {
            throw unwritten(e);
        }
    }

    /** The caller could not have the pictures, now or, where their links are long gone, ever. */
    void undelivered(JobLog.Entry entry, Clock clock) {
        if (entry.at().plus(LINKS_LAST).isBefore(clock.instant())) {
            log.ended(entry, clock);
        } else {
            log.release(entry);
        }
    }

    /** The caller has the pictures. */
    void delivered(JobLog.Entry entry, Clock clock) {
        log.delivered(entry, clock);
    }

    // Submitting.

    private JobLog.Entry claim(ImageRequest request, ServerSettings settings, GenerationContext context) {
        String asked = server.id() + "\n" + settings.baseUrl() + "\n" + settings.model() + "\n" + settings.options()
                + "\n" + RequestJson.sha256(request);
        JobLog.Entry entry;
        try {
            entry = log.claim(Sha256.hex(asked.getBytes(StandardCharsets.UTF_8)), context.requestId(), context.clock());
        } catch (IOException e) {
            throw unwritten(e);
        }
        if (!log.isOwn(entry)) {
            throw new ProviderUnavailableException(
                    "an earlier process that submitted the same at " + entry.at() + " died before " + server.id()
                            + " answered, so there may be a job that was billed and cannot be found; ask once more to"
                            + " submit a new one",
                    ErrorOrigin.of(server.id(), Outcome.UNKNOWN));
        }
        return entry;
    }

    private ProviderUnavailableException unwritten(IOException e) {
        return new ProviderUnavailableException(
                "jobs must be written down before they are submitted but cannot be: " + log,
                ErrorOrigin.of(server.id(), Outcome.NOT_SENT),
                e);
    }

    /** Sends what the job needs; nothing is made or billed by that. */
    private void upload(ApiCall call, ServerSettings settings, Redaction redaction, GenerationContext context) {
        ErrorMapper errors = new ErrorMapper(redaction, context.clock());
        boolean unused = transport.post(
                call.with(settings.headers(), settings.query()),
                context,
                limits.timeLeft(context, server.id(), Outcome.NOT_SENT),
                answer -> {
                    if (answer.status() < 200 || answer.status() >= 300) {
                        throw errors.of(answer);
                    }
                    return true;
                });
    }

    private JobTicket submit(
            ApiCall call, JobLog.Entry entry, ServerSettings settings, Redaction redaction, GenerationContext context) {
        JobTicket ticket;
        try {
            ErrorMapper errors = new ErrorMapper(redaction, context.clock());
            ticket = transport.post(
                    call,
                    context,
                    limits.timeLeft(context, server.id(), Outcome.NOT_SENT),
                    answer -> ticket(answer, call, errors, settings));
        } catch (RuntimeException | Error e) {
            // Whether there is a job or not, nobody can ask for it; the caller hears which it is.
            log.ended(entry, context.clock());
            throw e;
        }
        try {
            log.accepted(entry, ticket, context.clock());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "job " + ticket.id() + " exists and cannot be written to " + log, e);
        }
        return ticket;
    }

    private JobTicket ticket(ApiAnswer answer, ApiCall call, ErrorMapper errors, ServerSettings settings)
            throws IOException {
        if (answer.status() < 200 || answer.status() >= 300) {
            if (answer.status() < 400) {
                throw errors.of(answer);
            }
            ErrorBody body = ErrorMapper.body(answer);
            throw errors.of(answer, body, call.senderOf(body));
        }
        try {
            return dialect.ticket(tree(answer, 0), settings);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new UnexpectedResponseException(
                    "answer must name the job that was accepted but does not", answer.origin(Outcome.UNKNOWN), e);
        }
    }

    private JsonNode tree(ApiAnswer answer, int pictures) throws IOException {
        long most = (long) Math.min(Long.MAX_VALUE / 2.0, SLACK + 1.4 * limits.maxImageBytes() * pictures);
        JsonNode tree = Json.LENIENT.readTree(
                new LimitedInputStream(answer.body(), most, "answer must be at most " + most + " bytes but is larger"));
        if (tree == null || !tree.isObject()) {
            throw new IllegalArgumentException("answer must be an object but was not");
        }
        return tree;
    }

    // Asking.

    private Finished await(
            JobLog.Entry entry,
            JobTicket ticket,
            ServerSettings settings,
            Redaction redaction,
            GenerationContext context,
            int count) {
        JobErrors errors = new JobErrors(server.id(), ticket.id(), redaction);
        try {
            ImagesAnswer answer = new Waiting(ticket, settings, errors, context, count).pictures();
            return new Finished(answer.costing(ticket.dollars()), entry);
        } catch (JobEndedException e) {
            log.ended(entry, context.clock());
            throw e.error;
        } catch (GenerationCancelledException e) {
            cancelled(entry, ticket, settings, context);
            throw named(e, ticket);
        } catch (RuntimeException | Error e) {
            log.release(entry);
            throw e;
        }
    }

    private GenerationCancelledException named(GenerationCancelledException e, JobTicket ticket) {
        return new GenerationCancelledException(
                String.valueOf(e.getMessage()),
                ErrorOrigin.of(server.id(), Outcome.UNKNOWN).withRequestId(ticket.id()),
                e);
    }

    /** There will be no picture, so nobody is to ask again. */
    private static final class JobEndedException extends RuntimeException {
        private final transient ImageGenerationException error;

        JobEndedException(ImageGenerationException error) {
            super(error);
            this.error = error;
        }
    }

    /** Whoever gave up because time is up may come again; whoever does not want the pictures any more stops the job. */
    private void cancelled(JobLog.Entry entry, JobTicket ticket, ServerSettings settings, GenerationContext context) {
        boolean timeIsUp = context.remaining().filter(Duration::isZero).isPresent();
        if (!timeIsUp && !ticket.cancelUrl().isEmpty() && stop(ticket, settings, context)) {
            log.ended(entry, context.clock());
        } else {
            log.release(entry);
        }
    }

    /** Whether the server says that it will not go on. An interrupted thread sends nothing, so that waits. */
    private boolean stop(JobTicket ticket, ServerSettings settings, GenerationContext context) {
        boolean interrupted = Thread.interrupted();
        try {
            return dialect.stop(ticket, settings, side(settings, context, bytes -> {}));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private SideCalls side(ServerSettings settings, GenerationContext context, Consumer<byte[]> preview) {
        return new SideCalls(transport, sleeper, context, settings, preview);
    }

    private ApiCall question(String url, ServerSettings settings) {
        return new ApiCall(HttpUrl.get(url), dialect.credentials(settings), new ApiCall.Json(new byte[] {'{', '}'}))
                .with(settings.headers(), Map.of());
    }

    /** One wait for one job. */
    private final class Waiting {
        private final JobTicket ticket;
        private final ServerSettings settings;
        private final JobErrors errors;
        private final GenerationContext context;
        private final int count;
        private final Instant end;
        private Duration pause = FIRST_PAUSE;
        private int unreadable;
        private @Nullable GenerationEvent told;

        Waiting(JobTicket ticket, ServerSettings settings, JobErrors errors, GenerationContext context, int count) {
            this.ticket = ticket;
            this.settings = settings;
            this.errors = errors;
            this.context = context;
            this.count = count;
            this.end = context.clock().instant().plus(limits.timeout());
        }

        ImagesAnswer pictures() {
            while (true) {
                pause();
                Answered answered = ask(ticket.statusUrl());
                JobState state = answered.tree == null ? null : dialect.state(answered.tree, errors);
                if (state instanceof JobState.Failed failed) {
                    throw new JobEndedException(failed.error());
                } else if (state instanceof JobState.Done done) {
                    return pictures(done.result().orElseGet(this::result));
                } else if (state instanceof JobState.Waiting waiting) {
                    waiting.event().ifPresent(this::tell);
                }
                pause = answered.wait.orElseGet(this::longer);
            }
        }

        /** A result without pictures is no better the next time. */
        private ImagesAnswer pictures(JsonNode result) {
            try {
                return dialect.pictures(result, errors);
            } catch (ImageGenerationException e) {
                throw new JobEndedException(e);
            }
        }

        /** The job is done, and what names its pictures lies elsewhere. */
        private JsonNode result() {
            pause = FIRST_PAUSE;
            while (true) {
                Answered answered = ask(ticket.resultUrl());
                if (answered.tree != null) {
                    return answered.tree;
                }
                pause = answered.wait.orElseGet(this::longer);
                pause();
            }
        }

        private Duration longer() {
            Duration next = pause.multipliedBy(3).dividedBy(2);
            return next.compareTo(dialect.longestPause()) < 0 ? next : dialect.longestPause();
        }

        private void tell(GenerationEvent event) {
            if (!event.equals(told)) {
                told = event;
                context.emit(event);
            }
        }

        private Duration left() {
            Duration ours = Duration.between(context.clock().instant(), end);
            Duration left = context.remaining()
                    .filter(theirs -> theirs.compareTo(ours) < 0)
                    .orElse(ours);
            if (left.isNegative() || left.isZero()) {
                throw errors.late(null);
            }
            return left;
        }

        private void pause() {
            Duration left = left();
            try {
                sleeper.sleep(pause.compareTo(left) < 0 ? pause : left, wish());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (wish().isCancelled() || Thread.currentThread().isInterrupted()) {
                context.checkActive(server.id(), Outcome.UNKNOWN);
            }
            left();
        }

        private Cancellation wish() {
            return context.cancellation();
        }

        /** What one question gave: an answer, or none that can be used and how long to wait. */
        private Answered ask(String url) {
            Duration left = left();
            try {
                Answered answered = transport.describe(
                        question(url, settings), context, left.compareTo(QUESTION) < 0 ? left : QUESTION, this::read);
                unreadable = answered.tree == null ? unreadable : 0;
                return answered;
            } catch (ProviderUnavailableException e) {
                LOG.log(System.Logger.Level.DEBUG, "job " + ticket.id() + " could not be asked for", e);
                return Answered.NOTHING; // asking costs nothing, so it is done again while there is time
            }
        }

        private Answered read(ApiAnswer answer) throws IOException {
            int status = answer.status();
            if (status == 401 || status == 402 || status == 403) {
                throw errors.keyRefused(status);
            }
            if (status == 408 || status == 425 || status == 429 || status >= 500) {
                return new Answered(null, RetryAfter.of(answer, context.clock()));
            }
            JsonNode tree;
            try {
                tree = tree(answer, count);
            } catch (JsonProcessingException | IllegalArgumentException e) {
                if (status == 404 || status == 410) {
                    throw new JobEndedException(errors.gone("status " + status));
                }
                return unreadable();
            }
            if (status >= 400) {
                JobState state = dialect.state(tree, errors);
                throw new JobEndedException(
                        state instanceof JobState.Failed failed ? failed.error() : errors.gone("status " + status));
            }
            return new Answered(tree, Optional.empty());
        }

        private Answered unreadable() {
            unreadable++;
            if (unreadable >= MOST_UNREADABLE) {
                throw errors.unreadable("was no JSON, " + unreadable + " times in a row");
            }
            return Answered.NOTHING;
        }
    }

    /** An answer, or none that can be used. */
    private static final class Answered {
        static final Answered NOTHING = new Answered(null, Optional.empty());

        private final @Nullable JsonNode tree;
        private final Optional<Duration> wait;

        Answered(@Nullable JsonNode tree, Optional<Duration> wait) {
            this.tree = tree;
            this.wait = wait;
        }
    }

    @Override
    public void close() {
        log.close();
    }

    @Override
    public String toString() {
        return "JobServer[" + server.id() + "]";
    }
}
