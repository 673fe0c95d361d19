package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import dev.triptych.internal.AllSteps;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Jobs in one Discord channel. Four parts do the work: the {@link RelayConnection}, the {@link JobPoster}, the
 * {@link JobTracker} that follows what Discord says, and the {@link JobAwaiter} that callers wait in; here they are put
 * together. Thread-safe; connects on first use.
 *
 * <p>A job is written to the journal before it is posted, and has an id that follows from the caller's request id. So a
 * caller that asks again with the same request id, in this process or after a crash, gets the same job back and not a
 * second one.
 */
final class Relay implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Relay.class.getName());

    private final DiscordSettings settings;
    private final RelayEnvironment environment;
    private final JobTracker tracker;
    private final GatewayEvents events;
    private final RelayConnection connection;
    private final ChannelHistory history;

    // Guarded by this.
    private @Nullable Opened opened;
    private boolean channelSeen;
    private @Nullable ImportCommand importCommand;

    /** What stands on the journal, which is opened on first use. */
    private record Opened(JobJournal journal, JobPoster poster, JobAwaiter awaiter) {}

    Relay(DiscordSettings settings, RelayEnvironment environment) {
        this.settings = settings;
        this.environment = environment;
        boolean handoff = settings.mode() == DiscordMode.HANDOFF;
        this.tracker =
                new JobTracker(Set.copyOf(settings.trustedAuthors()), handoff, handoff && !settings.watchChannel());
        this.events = new GatewayEvents(settings, tracker, environment.time(), new Follow());
        this.connection = new RelayConnection(settings, environment, events);
        this.history = new ChannelHistory(
                connection.rest(),
                settings.channel(),
                tracker,
                environment.time(),
                settings.restTimeout().toMillis(),
                connection.closing());
    }

    private final class Follow implements GatewayEvents.Follow {
        @Override
        public void ready(String application) {
            if (settings.mode() == DiscordMode.HANDOFF) {
                openImports(application);
            }
            tracker.ready();
        }

        @Override
        public void mayHaveMissed() {
            history.request();
        }

        @Override
        public void interaction(JsonNode interaction) {
            imports().ifPresent(command -> command.onInteraction(interaction));
        }
    }

    private synchronized void openImports(String application) {
        if (importCommand == null) {
            importCommand = new ImportCommand(connection.rest(), tracker, application, settings, environment.time());
        }
    }

    private synchronized Optional<ImportCommand> imports() {
        return Optional.ofNullable(importCommand);
    }

    // Starting.

    /**
     * Connects if that has not happened, and waits until events flow. Nothing is posted before.
     *
     * @throws ImageGenerationException if the relay cannot work, or not before the deadline
     */
    void start(RelayCall call) {
        open();
        connection.open();
        awaitReady(call);
        throwIfStopped();
        findChannel(call.scope());
    }

    private synchronized Opened open() {
        if (opened == null) {
            JobJournal journal = openJournal();
            JobPoster poster = new JobPoster(settings, connection, tracker, history, journal, environment.time());
            opened = new Opened(
                    journal,
                    poster,
                    new JobAwaiter(settings, connection, tracker, history, journal, poster, environment.time()));
        }
        return opened;
    }

    private JobJournal openJournal() {
        try {
            JobJournal journal = JobJournal.open(settings.journal(), environment.clock(), environment.files());
            for (JobJournal.Entry entry : journal.results()) {
                tracker.remember(entry.resultMessage(), entry.job());
            }
            List<String> unfinished = journal.unfinished().stream()
                    .map(entry -> entry.plan().requestId())
                    .distinct()
                    .toList();
            if (!unfinished.isEmpty()) {
                LOG.log(
                        System.Logger.Level.INFO,
                        "jobs of an earlier run have no result yet; a request with the same id takes its job up: "
                                + unfinished);
            }
            return journal;
        } catch (IOException e) {
            throw Errors.unavailable("the journal cannot be opened: " + settings.journal(), Outcome.NOT_SENT, e);
        }
    }

    @SuppressWarnings("try") // The registration is there to be closed.
    private void awaitReady(RelayCall call) {
        try (var wake = call.context().cancellation().onCancel(tracker::wake)) {
            synchronized (tracker) {
                long left = call.deadline() - environment.time().millis();
                while (!tracker.isReady()
                        && tracker.stopped().isEmpty()
                        && !call.context().cancellation().isCancelled()
                        && left > 0) {
                    tracker.wait(left);
                    left = call.deadline() - environment.time().millis();
                }
            }
        } catch (InterruptedException e) {
            throw Errors.interrupted(Outcome.NOT_SENT, e);
        }
        call.context().checkActive(Errors.PROVIDER, Outcome.NOT_SENT);
        if (!tracker.isReady() && tracker.stopped().isEmpty()) {
            throw Errors.unavailable("the gateway must be ready by the deadline but was not", Outcome.NOT_SENT);
        }
    }

    private void throwIfStopped() {
        Optional<JobTracker.Stopped> stopped = tracker.stopped();
        if (stopped.isPresent()) {
            throw Errors.stopped(stopped.get(), Outcome.NOT_SENT);
        }
    }

    /** The channel's newest message is where the first reading begins; a channel we cannot see is told at once. */
    private void findChannel(CallScope scope) {
        synchronized (this) {
            if (channelSeen) {
                return;
            }
        }
        JsonNode channel = connection.channel(scope);
        events.place(channel);
        tracker.sawMessage(channel.path("last_message_id").asText(""));
        tracker.sawMessage("1");
        try {
            Optional<ImportCommand> command = imports();
            if (command.isPresent()) {
                command.get().register(channel.path("guild_id").asText(""), scope);
            }
        } catch (RestFailure e) {
            throw Errors.of(e, Outcome.NOT_SENT);
        }
        synchronized (this) {
            channelSeen = true;
        }
    }

    // Running a job.

    /**
     * Carries {@code plan} out: takes up the job that an earlier call with the same request id left, or posts a new
     * one; then waits for its result.
     */
    JobAwaiter.Finished run(JobPlan plan, JobPoster.Request request, RelayCall call) {
        Opened parts = open();
        Job job = parts.awaiter().claim(plan.after(tracker.newest()));
        try {
            parts.poster().post(job, request, call);
            JobAwaiter.Finished finished = parts.awaiter().await(job, call);
            JobPoster.note(
                    job, () -> parts.journal().done(job, finished.message().id()));
            return finished;
        } finally {
            parts.awaiter().release(job);
        }
    }

    /** Writes down that the caller has the pictures of {@code job}. */
    void delivered(Job job) {
        JobPoster.note(job, () -> open().journal().delivered(job));
    }

    /** The finished job that pressed {@code action} on {@code parent} earlier, if its result is known. */
    Optional<String> earlierPress(String parent, String action) {
        return open().journal().finishedPress(parent, action).map(JobJournal.Entry::resultMessage);
    }

    /** The message {@code id}, fresh from Discord: its links are new. */
    Message message(String id, CallScope scope) throws RestFailure {
        return connection.message(id, scope);
    }

    ImageFetcher fetcher() {
        return connection.fetcher();
    }

    @Override
    public void close() {
        AllSteps.run(List.of(() -> imports().ifPresent(ImportCommand::close), connection::close, history::close));
    }

    @Override
    public String toString() {
        return "Relay[" + settings.mode().name().toLowerCase(Locale.ROOT) + ", channel " + settings.channel() + "]";
    }
}
