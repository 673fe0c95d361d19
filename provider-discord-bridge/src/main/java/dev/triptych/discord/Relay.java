package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.Outcome;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * One connection to Discord and the jobs on it: posts a job at most once, follows it, and brings its result message.
 * Thread-safe; connects on first use.
 *
 * <p>A job is written to the journal before it is posted, and has an id that follows from the caller's request id. So a
 * caller that asks again with the same request id, in this process or after a crash, gets the same job back and not a
 * second one.
 */
final class Relay implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Relay.class.getName());
    private static final int POST_ATTEMPTS = 3;
    private static final long POST_PAUSE_MILLIS = 250;
    private static final int GUILDS = 1;
    private static final int GUILD_MESSAGES = 1 << 9;
    private static final int MESSAGE_CONTENT = 1 << 15;
    /** Flags of an application that has the MESSAGE CONTENT intent: approved, or for less than 100 servers. */
    private static final long MAY_READ_CONTENT = 1 << 18 | 1 << 19;

    private final DiscordSettings settings;
    private final RelayWorld world;
    private final OkHttpClient http;
    private final DiscordRest rest;
    private final JobTable table;
    private final GatewayClient gateway;
    private final Reconciler reconciler;
    private final ImageFetcher fetcher;
    private final CountDownLatch ready = new CountDownLatch(1);
    private final Set<String> active = new HashSet<>();
    private @Nullable JobJournal journal;
    private @Nullable ImportDesk imports;
    private volatile boolean channelFound;
    private volatile boolean closed;

    Relay(DiscordSettings settings, RelayWorld world) {
        this.settings = settings;
        this.world = world;
        this.http = client(settings);
        this.rest = new DiscordRest(
                http,
                settings.restBase(),
                settings.token(),
                world.time(),
                2 * settings.restTimeout().toMillis());
        boolean handoff = settings.mode() == DiscordMode.HANDOFF;
        this.table = new JobTable(
                Set.copyOf(settings.trustedAuthors()), handoff, handoff && !settings.watchChannel(), world.time());
        this.reconciler = new Reconciler(
                rest,
                settings.channel(),
                table,
                world.time(),
                settings.restTimeout().toMillis());
        this.fetcher = new ImageFetcher(
                http.newBuilder().followRedirects(false).build(),
                settings.cdnHosts(),
                settings.downloadLimit(),
                world.time());
        GatewayCore core =
                new GatewayCore(settings.token(), intents(settings), settings.gatewayTiming(), world.random());
        this.gateway = new GatewayClient(http, this::gatewayAddress, core, new Ears(), world.time());
    }

    private static int intents(DiscordSettings settings) {
        return GUILDS | GUILD_MESSAGES | (settings.watchChannel() ? MESSAGE_CONTENT : 0);
    }

    /** Daemon threads, no retry of its own: whether a call may be repeated is decided here. */
    private static OkHttpClient client(DiscordSettings settings) {
        ThreadPoolExecutor threads = (ThreadPoolExecutor) Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "triptych-discord-http");
            thread.setDaemon(true);
            return thread;
        });
        threads.setKeepAliveTime(5, TimeUnit.SECONDS);
        return new OkHttpClient.Builder()
                .dispatcher(new Dispatcher(threads))
                .retryOnConnectionFailure(false)
                .connectTimeout(settings.restTimeout())
                .readTimeout(settings.restTimeout())
                .writeTimeout(settings.restTimeout())
                .build();
    }

    private GatewayClient.GatewayAddress.Gateway gatewayAddress() throws RestFailure {
        if (settings.gatewayUrl() != null) {
            return new GatewayClient.GatewayAddress.Gateway(settings.gatewayUrl(), Integer.MAX_VALUE, 0);
        }
        JsonNode json = rest.call(Route.gatewayBot(), shortCall());
        JsonNode limit = json.path("session_start_limit");
        String url = json.path("url").asText();
        try {
            DiscordSettings.requireSecure(
                    "the gateway's address",
                    url.startsWith("wss"),
                    HttpUrl.get(url.replaceFirst("^ws", "http")).host());
        } catch (IllegalArgumentException e) {
            throw new RestFailure(RestFailure.Kind.UNAVAILABLE, e.getMessage() + "", e);
        }
        return new GatewayClient.GatewayAddress.Gateway(
                url, limit.path("remaining").asInt(1), limit.path("reset_after").asLong(0));
    }

    private CallScope shortCall() {
        return CallScope.until(world.time().millis() + settings.restTimeout().toMillis());
    }

    DiscordRest rest() {
        return rest;
    }

    ImageFetcher fetcher() {
        return fetcher;
    }

    // Starting.

    /** Connects if that has not happened, and waits until events flow. Nothing is posted before. */
    void start(GenerationContext context, long deadline) {
        if (closed) {
            throw Errors.unavailable("the relay must be open but was closed", Outcome.NOT_SENT);
        }
        openJournal();
        gateway.start();
        try {
            while (!ready.await(20, TimeUnit.MILLISECONDS)) {
                context.checkActive(Errors.PROVIDER, Outcome.NOT_SENT);
                throwIfStopped(Outcome.NOT_SENT);
                if (world.time().millis() >= deadline) {
                    throw Errors.unavailable("the gateway must be ready by the deadline but was not", Outcome.NOT_SENT);
                }
            }
        } catch (InterruptedException e) {
            throw Errors.interrupted(Outcome.NOT_SENT, e);
        }
        throwIfStopped(Outcome.NOT_SENT);
        findChannel(new CallScope(deadline, context.cancellation()));
    }

    private synchronized void openJournal() {
        if (journal != null) {
            return;
        }
        try {
            journal = JobJournal.open(settings.journal(), world.clock(), world.disk());
            for (JobJournal.Entry entry : journal.results()) {
                table.remember(entry.resultMessage(), entry.job());
            }
            List<String> open = journal.unfinished().stream()
                    .map(entry -> entry.plan().requestId())
                    .distinct()
                    .toList();
            if (!open.isEmpty()) {
                LOG.log(
                        System.Logger.Level.INFO,
                        "jobs of an earlier run have no result yet; a request with the same id takes its job up: "
                                + open);
            }
        } catch (IOException e) {
            throw Errors.unavailable("the journal cannot be opened: " + settings.journal(), Outcome.NOT_SENT, e);
        }
    }

    private JobJournal journal() {
        if (journal == null) {
            throw new IllegalStateException("the relay must be started first");
        }
        return journal;
    }

    /** The channel's newest message is where the first scan begins; a channel we cannot see is told at once. */
    private void findChannel(CallScope scope) {
        if (channelFound) {
            return;
        }
        try {
            JsonNode channel = rest.call(Route.channel(settings.channel()), scope);
            table.sawMessage(channel.path("last_message_id").asText(""));
            table.sawMessage("1");
            channelFound = true;
            if (settings.mode() == DiscordMode.HANDOFF && imports != null) {
                imports.register(channel.path("guild_id").asText(""), scope);
            }
        } catch (RestFailure e) {
            throw Errors.of(e, Outcome.NOT_SENT);
        }
    }

    private void throwIfStopped(Outcome outcome) {
        Optional<JobTable.Stopped> stopped = table.stopped();
        if (stopped.isPresent()) {
            throw Errors.stopped(stopped.get(), outcome);
        }
    }

    // Running a job.

    /**
     * Carries {@code plan} out: takes up the job that an earlier call with the same request id left, or posts a new
     * one; then waits for its result.
     */
    @SuppressWarnings("try") // The registration is there to be closed.
    Finished run(JobPlan plan, Request request, GenerationContext context, long deadline) {
        CallScope scope = new CallScope(deadline, context.cancellation());
        JobPlan anchored = new JobPlan(
                plan.requestId(),
                plan.digest(),
                plan.action(),
                plan.parent(),
                plan.tile(),
                plan.seed(),
                table.newest());
        Job job = claim(anchored);
        try (var wake = context.cancellation().onCancel(table::wake)) {
            send(job, request, scope);
            Finished finished = new JobFollower(job, context, deadline).follow();
            journal().done(job, finished.message().id());
            return finished;
        } catch (IOException e) {
            throw Errors.unavailable("the journal cannot be written", Outcome.UNKNOWN, e);
        } finally {
            table.remove(job);
            synchronized (active) {
                active.remove(job.id);
            }
        }
    }

    /** How the message of a job is made. */
    record Request(Function<Job, ObjectNode> body, List<Upload> files) {}

    /** A job's result on Discord. */
    record Finished(Job job, Message message, BotSignal signal) {}

    /** Writes down that the caller has the pictures of {@code job}. */
    void delivered(Job job) {
        try {
            journal().delivered(job);
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the journal cannot be written; job " + job.id + " may be found again",
                    e);
        }
    }

    /** The finished job that pressed {@code action} on {@code parent} earlier, if its result is known. */
    Optional<String> earlierPress(String parent, String action) {
        return journal().finishedPress(parent, action).map(JobJournal.Entry::resultMessage);
    }

    /**
     * The unfinished job of an earlier call that asked for the same, unless somebody waits for it now; else a new job.
     * Several equal jobs of one request are told apart by an ordinal.
     */
    private Job claim(JobPlan plan) {
        synchronized (active) {
            for (int ordinal = 0; ; ordinal++) {
                String id = JobIds.of(plan, ordinal);
                if (journal().isOver(id) || active.contains(id)) {
                    continue;
                }
                Optional<JobJournal.Entry> earlier = journal().find(id);
                active.add(id);
                Job job = new Job(
                        id,
                        earlier.map(JobJournal.Entry::plan).orElse(plan),
                        world.time().millis());
                earlier.map(JobJournal.Entry::requestMessage).ifPresent(message -> job.requestMessage = message);
                table.add(job);
                return job;
            }
        }
    }

    private void send(Job job, Request request, CallScope scope) throws IOException {
        Optional<JobJournal.Entry> earlier = journal().find(job.id);
        try {
            if (earlier.isPresent()) {
                takeUp(job, earlier.get(), scope);
            }
            if (table.requestMessage(job).isEmpty()) {
                journal().planned(job);
                post(job, request, scope);
            }
            journal().sent(job, table.requestMessage(job).orElse(""));
        } catch (RestFailure e) {
            boolean unknown = e.mayHaveHappened();
            if (e.kind() == RestFailure.Kind.CANCELLED) {
                withdraw(job);
            } else if (!unknown) {
                journal().ended(job);
            }
            throw Errors.of(e, unknown ? Outcome.UNKNOWN : Outcome.REJECTED);
        }
    }

    private void takeUp(Job job, JobJournal.Entry earlier, CallScope scope) throws RestFailure {
        if (earlier.resultMessage().isEmpty()) {
            reconciler.findOwn(job, scope);
        } else {
            table.offer(message(earlier.resultMessage(), scope));
        }
    }

    /**
     * Posts the message of {@code job}. Where the answer is lost, the channel is searched before the same message is
     * posted again, and its nonce keeps Discord from making it twice.
     */
    private void post(Job job, Request request, CallScope scope) throws RestFailure {
        boolean maybePosted = false;
        for (int attempt = 1; ; attempt++) {
            try {
                JsonNode posted = rest.call(
                        Route.createMessage(settings.channel()), request.body().apply(job), request.files(), scope);
                table.bind(job, posted.path("id").asText());
                return;
            } catch (RestFailure e) {
                maybePosted |= e.mayHaveHappened();
                if (!maybePosted || scope.isCancelled()) {
                    throw e;
                }
                if (wasFound(job)) {
                    return;
                }
                if (attempt == POST_ATTEMPTS || world.time().millis() >= scope.deadline() || rest.isRevoked()) {
                    throw new RestFailure(
                            RestFailure.Kind.UNAVAILABLE,
                            "whether job " + job.id + " was posted is unknown after " + attempt + " attempts",
                            e);
                }
                pause(POST_PAUSE_MILLIS << attempt);
            }
        }
    }

    /** Takes the request back, so that a bot of one's own stops working on it. */
    private void withdraw(Job job) {
        if (settings.mode() != DiscordMode.SELF_HOSTED) {
            return;
        }
        boolean interrupted = Thread.interrupted();
        try {
            journal().ended(job);
            Optional<String> request = table.requestMessage(job);
            if (request.isEmpty()) {
                request = reconciler.findOwn(job, shortCall());
            }
            if (request.isPresent()) {
                rest.call(Route.deleteMessage(settings.channel(), request.get()), shortCall());
            }
        } catch (RestFailure | IOException e) {
            LOG.log(System.Logger.Level.WARNING, "job " + job.id + " could not be taken back: " + e.getMessage());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean wasFound(Job job) {
        try {
            return table.requestMessage(job).isPresent()
                    || reconciler.findOwn(job, shortCall()).isPresent();
        } catch (RestFailure e) {
            LOG.log(System.Logger.Level.DEBUG, "the channel cannot be read for job " + job.id + ": " + e.getMessage());
            return false;
        }
    }

    private void pause(long millis) throws RestFailure {
        try {
            world.time().sleep(Math.min(millis, settings.restTimeout().toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RestFailure(RestFailure.Kind.CANCELLED, "posting was interrupted", e);
        }
    }

    // Reading messages.

    /** The message {@code id}, fresh from Discord: its links are new. */
    Message message(String id, CallScope scope) throws RestFailure {
        return Message.of(rest.call(Route.message(settings.channel(), id), scope));
    }

    /** Waits for one job on its caller's thread, and tells the caller what happens. */
    private final class JobFollower {
        private final Job job;
        private final GenerationContext context;
        private final long deadline;
        private int position = -1;
        private int percent = -1;
        private String preview = "";
        private long lookedAt = -1;

        JobFollower(Job job, GenerationContext context, long deadline) {
            this.job = job;
            this.context = context;
            this.deadline = deadline;
        }

        Finished follow() {
            long seen = -1;
            long nextScan = world.time().millis() + settings.reconcileAfter().toMillis();
            while (true) {
                Job.Snapshot now = await(seen, Math.min(deadline, nextScan));
                seen = now.version();
                if (now.result().isPresent() && now.resultSignal().isPresent()) {
                    return new Finished(
                            job, now.result().get(), now.resultSignal().get());
                }
                tell(now);
                if (fail(now)) {
                    seen = -1;
                }
                if (world.time().millis() >= nextScan) {
                    reconciler.request();
                    nextScan = world.time().millis() + settings.reconcileAfter().toMillis();
                }
            }
        }

        private Job.Snapshot await(long seen, long until) {
            try {
                Job.Snapshot now =
                        table.await(job, seen, Math.min(until, graceEnds(job)), context.cancellation()::isCancelled);
                if (context.cancellation().isCancelled()) {
                    withdraw(job);
                }
                context.checkActive(Errors.PROVIDER, Outcome.UNKNOWN);
                return now;
            } catch (InterruptedException e) {
                withdraw(job);
                throw Errors.interrupted(Outcome.UNKNOWN, e);
            }
        }

        private long graceEnds(Job job) {
            Job.Snapshot now = table.snapshot(job);
            long from = Math.min(now.withdrawnAt(), now.heldSince());
            return from == Long.MAX_VALUE ? from : from + settings.grace().toMillis();
        }

        private void tell(Job.Snapshot now) {
            if (now.position() >= 0 && now.percent() < 0 && now.position() != position) {
                position = now.position();
                context.emit(new GenerationEvent.Queued(position));
            }
            if (now.percent() > percent) {
                percent = now.percent();
                if (percent > 0) {
                    context.emit(new GenerationEvent.Progress(percent, 100));
                }
            }
            if (settings.previews()
                    && now.result().isEmpty()
                    && now.preview().isPresent()
                    && !now.preview().get().id().equals(preview)) {
                preview = now.preview().get().id();
                show(now.preview().get());
            }
        }

        /** A preview is worth one try and no delay. */
        private void show(Message.Attachment attachment) {
            try {
                CallScope quick =
                        new CallScope(Math.min(deadline, world.time().millis() + 5_000), context.cancellation());
                byte[] bytes = fetcher.fetch(attachment, quick);
                context.emit(new GenerationEvent.Preview(GenerationEvent.PreviewImage.of(bytes)));
            } catch (ImageFetcher.FetchFailure e) {
                LOG.log(System.Logger.Level.DEBUG, "a preview of job " + job.id + " was missed: " + e.getMessage());
            }
        }

        /** Ends the job if nothing better can come. Before that the channel is read once more: true then. */
        private boolean fail(Job.Snapshot now) {
            long time = world.time().millis();
            long grace = settings.grace().toMillis();
            boolean withdrawn = now.withdrawnAt() != Long.MAX_VALUE && time - now.withdrawnAt() >= grace;
            boolean held = now.heldSince() != Long.MAX_VALUE && time - now.heldSince() >= grace;
            boolean late = time >= deadline;
            boolean stopped = table.stopped().isPresent();
            if (now.failure().isEmpty() && !now.blank() && !withdrawn && !held && !late && !stopped) {
                return false;
            }
            if (now.failure().isEmpty() && lookedAt != now.version() && !rest.isRevoked()) {
                if (lookAgain() || late) {
                    lookedAt = table.snapshot(job).version();
                } else {
                    linger(now.version());
                }
                return true;
            }
            throw reason(now, withdrawn, held);
        }

        private boolean lookAgain() {
            try {
                reconciler.scan(shortCall());
                return true;
            } catch (RestFailure e) {
                LOG.log(System.Logger.Level.WARNING, "the channel could not be read again: " + e.getMessage());
                return false;
            }
        }

        /** Nothing is given up because the channel could not be read just now. */
        private void linger(long version) {
            try {
                long until = Math.min(deadline, world.time().millis() + POST_PAUSE_MILLIS);
                table.await(job, version, until, context.cancellation()::isCancelled);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private RuntimeException reason(Job.Snapshot now, boolean withdrawn, boolean held) {
            if (now.failure().isPresent()) {
                end();
                return Errors.failed(job, now.failure().get());
            }
            if (now.blank()) {
                return Errors.blank(job);
            }
            if (held) {
                return Errors.ambiguous(job, now.held());
            }
            if (withdrawn) {
                end();
                return Errors.withdrawn(job);
            }
            if (table.stopped().isPresent()) {
                return Errors.stopped(table.stopped().get(), Outcome.UNKNOWN);
            }
            return Errors.late(job, Math.max(0, now.percent()));
        }

        private void end() {
            try {
                journal().ended(job);
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "the journal cannot be written for job " + job.id, e);
            }
        }
    }

    // Hearing Discord.

    private final class Ears implements GatewayListener {

        @Override
        public void onDispatch(String type, JsonNode payload) {
            switch (type) {
                case "READY" -> onReady(payload);
                case "RESUMED" -> reconciler.request();
                case "MESSAGE_CREATE", "MESSAGE_UPDATE" -> onMessage(payload);
                case "MESSAGE_DELETE" -> {
                    if (isOurs(payload)) {
                        table.deleted(payload.path("id").asText());
                    }
                }
                case "MESSAGE_DELETE_BULK" -> {
                    if (isOurs(payload)) {
                        payload.path("ids").forEach(id -> table.deleted(id.asText()));
                    }
                }
                case "INTERACTION_CREATE" -> {
                    if (imports != null) {
                        imports.onInteraction(payload);
                    }
                }
                default -> LOG.log(System.Logger.Level.TRACE, type);
            }
        }

        @Override
        public void onStopped(CloseCode code, String reason) {
            LOG.log(System.Logger.Level.ERROR, "the gateway will not come back: " + reason);
            table.stop(code, reason);
        }
    }

    private void onReady(JsonNode payload) {
        table.self(payload.path("user").path("id").asText());
        long flags = payload.path("application").path("flags").asLong(0);
        if (settings.watchChannel() && (flags & MAY_READ_CONTENT) == 0) {
            table.stop(CloseCode.DISALLOWED_INTENTS, CloseCode.DISALLOWED_INTENTS.meaning());
        }
        if (settings.mode() == DiscordMode.HANDOFF && imports == null) {
            imports = new ImportDesk(
                    rest, table, payload.path("application").path("id").asText(), settings.restTimeout());
        }
        ready.countDown();
        reconciler.request();
    }

    private boolean isOurs(JsonNode payload) {
        return payload.path("channel_id").asText().equals(settings.channel());
    }

    /** An update without an author says too little; the channel tells the rest. */
    private void onMessage(JsonNode payload) {
        if (!isOurs(payload)) {
            return;
        }
        if (payload.path("author").path("id").asText().isEmpty()) {
            reconciler.request();
            return;
        }
        table.offer(Message.of(payload));
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        gateway.close();
        reconciler.close();
        if (imports != null) {
            imports.close();
        }
        table.wake();
        http.dispatcher().cancelAll();
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
        synchronized (this) {
            if (journal != null) {
                try {
                    journal.close();
                } catch (IOException e) {
                    LOG.log(System.Logger.Level.WARNING, "the journal could not be closed", e);
                }
            }
        }
    }

    @Override
    public String toString() {
        return "Relay[" + settings.mode().name().toLowerCase(Locale.ROOT) + ", channel " + settings.channel() + "]";
    }
}
