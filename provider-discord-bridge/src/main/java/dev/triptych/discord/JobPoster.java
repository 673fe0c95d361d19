package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.CostClass;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Posts jobs, each at most once: a line in the journal, then the message with its nonce. Where an earlier call or an
 * earlier process left the job, that is taken up. Thread-safe.
 */
final class JobPoster {

    private static final System.Logger LOG = System.getLogger(JobPoster.class.getName());
    private static final int POST_ATTEMPTS = 3;
    private static final long POST_PAUSE_MILLIS = 250;

    private final DiscordSettings settings;
    private final RelayConnection connection;
    private final JobTracker tracker;
    private final ChannelHistory history;
    private final JobJournal journal;
    private final MonotonicTime time;

    JobPoster(
            DiscordSettings settings,
            RelayConnection connection,
            JobTracker tracker,
            ChannelHistory history,
            JobJournal journal,
            MonotonicTime time) {
        this.settings = settings;
        this.connection = connection;
        this.tracker = tracker;
        this.history = history;
        this.journal = journal;
        this.time = time;
    }

    /** How the message of a job is made. */
    record Request(Function<Job, ObjectNode> body, List<Upload> files) {}

    /**
     * Sees to it that the message of {@code job} is on Discord.
     *
     * @throws ImageGenerationException if it is not, or nobody knows whether it is
     */
    void post(Job job, Request request, RelayCall call) {
        Optional<JobJournal.Entry> earlier = journal.find(job.id);
        if (earlier.isPresent()) {
            takeUp(job, earlier.get(), call);
        }
        try {
            if (tracker.requestMessage(job).isEmpty()) {
                plan(job);
                postUntilKnown(job, request, call);
            }
            noteSent(job);
        } catch (RestFailure e) {
            if (call.isUnwanted() && e.mayHaveHappened()) {
                withdraw(job);
            } else if (!e.mayHaveHappened() && e.kind() != RestFailure.Kind.CANCELLED) {
                note(job, () -> journal.ended(job));
            }
            throw Errors.of(e, outcomeOf(e));
        }
    }

    private static Outcome outcomeOf(RestFailure failure) {
        if (failure.kind() == RestFailure.Kind.CANCELLED && !failure.mayHaveHappened()) {
            return Outcome.NOT_SENT;
        }
        return failure.mayHaveHappened() ? Outcome.UNKNOWN : Outcome.REJECTED;
    }

    /** What is on the disk decides whether a job is found again, so nothing is posted without it. */
    private void plan(Job job) {
        try {
            journal.planned(job);
        } catch (IOException e) {
            throw Errors.unavailable(
                    "the journal must be written before a job is posted but cannot be: " + settings.journal(),
                    Outcome.NOT_SENT,
                    e);
        }
    }

    private void noteSent(Job job) {
        note(job, () -> journal.sent(job, tracker.requestMessage(job).orElse("")));
    }

    /** A job that is posted goes on without its line: a later call finds its message in the channel. */
    static void note(Job job, JournalWork line) {
        try {
            line.run();
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the journal cannot be written; job " + job.id + " may be found again",
                    e);
        }
    }

    /** One line for the journal. */
    @FunctionalInterface
    interface JournalWork {
        void run() throws IOException;
    }

    /** What cannot be read now says nothing of the job, which stays as it was for the next call. */
    private void takeUp(Job job, JobJournal.Entry earlier, RelayCall call) {
        call.running().begin(CostClass.BILLED);
        try {
            if (earlier.resultMessage().isEmpty()) {
                history.findOwn(job, call.scope());
            } else {
                tracker.offer(connection.message(earlier.resultMessage(), call.scope()), time.millis());
            }
        } catch (RestFailure e) {
            if (call.isUnwanted()) {
                withdraw(job);
            }
            throw Errors.of(e, Outcome.UNKNOWN);
        }
    }

    /**
     * Posts the message of {@code job}. Where the answer is lost, the channel is searched before the same message is
     * posted again, and its nonce keeps Discord from making it twice.
     */
    private void postUntilKnown(Job job, Request request, RelayCall call) throws RestFailure {
        Sending sending = new Sending(call);
        CallScope scope = call.scope().watchedBy(sending);
        for (int attempt = 1; ; attempt++) {
            try {
                JsonNode posted = connection
                        .rest()
                        .call(
                                Route.createMessage(settings.channel()),
                                request.body().apply(job),
                                request.files(),
                                scope);
                tracker.bind(job, posted.path("id").asText(), time.millis());
                return;
            } catch (RestFailure e) {
                sending.maybePosted |= e.mayHaveHappened();
                if (!sending.maybePosted) {
                    throw e;
                }
                if (e.kind() == RestFailure.Kind.CANCELLED || scope.isCancelled()) {
                    throw afterAnAttempt(e);
                }
                if (wasFound(job, call)) {
                    return;
                }
                boolean late = time.millis() >= scope.deadline();
                if (attempt == POST_ATTEMPTS || late || connection.rest().isRevoked()) {
                    throw new RestFailure(
                            RestFailure.Kind.UNAVAILABLE,
                            "whether job " + job.id + " was posted is unknown after " + attempt + " attempts",
                            e);
                }
                pause(job, POST_PAUSE_MILLIS << attempt, call);
            }
        }
    }

    /** While the message waits for its rate limit the call costs nothing; once it may have left, the call goes on. */
    private static final class Sending implements CallScope.Watch {
        private final RelayCall call;
        private boolean maybePosted;

        Sending(RelayCall call) {
            this.call = call;
        }

        @Override
        public void sending() {
            if (!maybePosted) {
                call.running().begin(CostClass.BILLED);
            }
        }

        @Override
        public void refused() {
            if (!maybePosted) {
                call.running().await(Outcome.NOT_SENT);
            }
        }
    }

    private boolean wasFound(Job job, RelayCall call) {
        try {
            CallScope quick = new CallScope(
                    connection.shortCall().deadline(), call.context().cancellation());
            return tracker.requestMessage(job).isPresent()
                    || history.findOwn(job, quick).isPresent();
        } catch (RestFailure e) {
            LOG.log(System.Logger.Level.DEBUG, "the channel cannot be read for job " + job.id + ": " + e.getMessage());
            return false;
        }
    }

    private void pause(Job job, long millis, RelayCall call) throws RestFailure {
        try {
            call.scope().sleep(time, Math.min(millis, settings.restTimeout().toMillis()), "posting job " + job.id);
        } catch (RestFailure e) {
            throw afterAnAttempt(e);
        }
    }

    /** Cancelled before it went out once more, but an attempt before that may have been carried out. */
    private static RestFailure afterAnAttempt(RestFailure cancelled) {
        return new RestFailure(RestFailure.Kind.CANCELLED, String.valueOf(cancelled.getMessage()), cancelled);
    }

    /**
     * Takes the request of {@code job} back, so that a bot of one's own stops working on it. Nobody waits for that: who
     * cancels is answered at once.
     */
    void withdraw(Job job) {
        if (settings.mode() != DiscordMode.SELF_HOSTED) {
            return;
        }
        note(job, () -> journal.ended(job));
        connection.inBackground("taking back job " + job.id, () -> {
            Optional<String> request = tracker.requestMessage(job);
            if (request.isEmpty()) {
                request = history.findOwn(job, connection.shortCall());
            }
            if (request.isPresent()) {
                connection.rest().call(Route.deleteMessage(settings.channel(), request.get()), connection.shortCall());
            }
        });
    }
}
