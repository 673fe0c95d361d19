package dev.triptych.discord;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.Outcome;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Who waits for which job, and until when. A caller waits on its own thread, is told there what happens, and hears at
 * once of its result, of its cancellation, and of whatever makes its job hopeless. Thread-safe.
 */
final class JobAwaiter {

    private static final System.Logger LOG = System.getLogger(JobAwaiter.class.getName());
    private static final long PREVIEW_MILLIS = 5_000;
    /** The pause after a reading of the channel that failed. */
    private static final long READ_AGAIN_MILLIS = 250;
    /** How long the last reading may take that begins at a job's deadline. */
    private static final long LAST_READING_MILLIS = 5_000;

    private final DiscordSettings settings;
    private final RelayConnection connection;
    private final JobTracker tracker;
    private final ChannelHistory history;
    private final JobJournal journal;
    private final JobPoster poster;
    private final MonotonicTime time;
    private final Set<String> awaited = new HashSet<>();

    JobAwaiter(
            DiscordSettings settings,
            RelayConnection connection,
            JobTracker tracker,
            ChannelHistory history,
            JobJournal journal,
            JobPoster poster,
            MonotonicTime time) {
        this.settings = settings;
        this.connection = connection;
        this.tracker = tracker;
        this.history = history;
        this.journal = journal;
        this.poster = poster;
        this.time = time;
    }

    /** A job's result on Discord. */
    record Finished(Job job, Message message, BotSignal signal) {}

    /**
     * The unfinished job of an earlier call that asked for the same, unless somebody waits for it now; else a new job.
     * Several equal jobs of one request are told apart by an ordinal.
     */
    Job claim(JobPlan plan) {
        synchronized (awaited) {
            for (int ordinal = 0; ; ordinal++) {
                String id = JobIds.of(plan, ordinal);
                if (journal.isOver(id) || !awaited.add(id)) {
                    continue;
                }
                Optional<JobJournal.Entry> earlier = journal.find(id);
                Job job = new Job(id, earlier.map(JobJournal.Entry::plan).orElse(plan));
                earlier.map(JobJournal.Entry::requestMessage).ifPresent(message -> job.requestMessage = message);
                tracker.add(job);
                return job;
            }
        }
    }

    /** Nobody waits for {@code job} any more. */
    void release(Job job) {
        tracker.remove(job);
        synchronized (awaited) {
            awaited.remove(job.id);
        }
    }

    /**
     * Waits for the result of {@code job}.
     *
     * @throws dev.triptych.ImageGenerationException if there will be none, or the caller's time is up
     */
    @SuppressWarnings("try") // The registration is there to be closed.
    Finished await(Job job, RelayCall call) {
        try (var wake = call.context().cancellation().onCancel(tracker::wake)) {
            return new Wait(job, call).await();
        }
    }

    /** One caller that waits for one job. */
    private final class Wait {
        private final Job job;
        private final RelayCall call;
        private final GenerationContext context;
        private final long deadline;
        private int position = -1;
        private int percent = -1;
        private String preview = "";
        /** The version of the job since which the channel was read and brought nothing better. */
        private long readAt = -1;

        Wait(Job job, RelayCall call) {
            this.job = job;
            this.call = call;
            this.context = call.context();
            this.deadline = call.deadline();
        }

        Finished await() {
            long seen = -1;
            long nextReading = time.millis() + settings.reconcileAfter().toMillis();
            while (true) {
                Job.Snapshot now = next(seen, Math.min(deadline, nextReading));
                seen = now.version();
                if (now.result().isPresent() && now.resultSignal().isPresent()) {
                    return new Finished(
                            job, now.result().get(), now.resultSignal().get());
                }
                tell(now);
                if (looksHopeless(now)) {
                    seen = -1;
                    readOrGiveUp(now);
                }
                if (time.millis() >= nextReading) {
                    history.request();
                    nextReading = time.millis() + settings.reconcileAfter().toMillis();
                }
            }
        }

        private Job.Snapshot next(long seen, long until) {
            waitWhile(
                    Math.min(until, graceEnds()),
                    () -> job.version == seen && tracker.stopped().isEmpty());
            return tracker.snapshot(job);
        }

        /** Waits until {@code idle} is false, the caller wants no more, or {@code until}. */
        private void waitWhile(long until, Idle idle) {
            try {
                synchronized (tracker) {
                    long left = until - time.millis();
                    while (idle.lasts() && !context.cancellation().isCancelled() && left > 0) {
                        tracker.wait(left);
                        left = until - time.millis();
                    }
                }
            } catch (InterruptedException e) {
                poster.withdraw(job);
                throw Errors.interrupted(Outcome.UNKNOWN, e);
            }
            if (call.isUnwanted()) {
                poster.withdraw(job);
            }
            context.checkActive(Errors.PROVIDER, Outcome.UNKNOWN);
        }

        private long graceEnds() {
            Job.Snapshot now = tracker.snapshot(job);
            long from = Math.min(now.withdrawnAt(), now.heldSince());
            return from == Long.MAX_VALUE ? from : from + settings.grace().toMillis();
        }

        // Telling the caller.

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
            if (settings.previews() && now.preview().isPresent()) {
                Message.Attachment latest = now.preview().get();
                if (!latest.id().equals(preview)) {
                    preview = latest.id();
                    show(latest);
                }
            }
        }

        /** A preview is worth one try and no delay. */
        private void show(Message.Attachment attachment) {
            try {
                CallScope quick =
                        new CallScope(Math.min(deadline, time.millis() + PREVIEW_MILLIS), context.cancellation());
                byte[] bytes = connection.fetcher().fetch(attachment, quick);
                context.emit(new GenerationEvent.Preview(GenerationEvent.PreviewImage.of(bytes)));
            } catch (ImageFetcher.FetchFailure e) {
                LOG.log(System.Logger.Level.DEBUG, "a preview of job " + job.id + " was missed: " + e.getMessage());
            }
        }

        // Giving up.

        private boolean looksHopeless(Job.Snapshot now) {
            return now.failure().isPresent()
                    || now.blank()
                    || now.requestDeleted()
                    || now.channelLost().isPresent()
                    || isPastGrace(now.withdrawnAt())
                    || isPastGrace(now.heldSince())
                    || tracker.stopped().isPresent()
                    || time.millis() >= deadline;
        }

        private boolean isPastGrace(long since) {
            return since != Long.MAX_VALUE
                    && time.millis() - since >= settings.grace().toMillis();
        }

        /**
         * Ends the job if nothing better can come. Before that the channel is read once more, unless the other side has
         * spoken or the channel is closed to us; nothing is given up because it could not be read just now.
         */
        private void readOrGiveUp(Job.Snapshot now) {
            boolean late = time.millis() >= deadline;
            boolean known = now.failure().isPresent()
                    || now.channelLost().isPresent()
                    || connection.rest().isRevoked();
            if (known || readAt == now.version()) {
                throw reason(now);
            }
            long reading = history.request();
            long patience = Math.min(LAST_READING_MILLIS, settings.restTimeout().toMillis());
            long until = late ? time.millis() + patience : deadline;
            waitWhile(until, () -> !history.isDone(reading));
            boolean failed = !history.isDone(reading) || history.hasFailed();
            if (failed && !late) {
                long version = now.version();
                waitWhile(Math.min(deadline, time.millis() + READ_AGAIN_MILLIS), () -> job.version == version);
            } else {
                // What came while it was read may be newer than what was read: then once more.
                readAt = now.version();
            }
        }

        private RuntimeException reason(Job.Snapshot now) {
            if (now.failure().isPresent()) {
                end();
                return Errors.failed(job, now.failure().get());
            }
            if (now.channelLost().isPresent()) {
                return Errors.channelLost(job, now.channelLost().get());
            }
            if (now.requestDeleted()) {
                end();
                return Errors.requestDeleted(job);
            }
            if (now.blank()) {
                return Errors.blank(job);
            }
            if (isPastGrace(now.heldSince())) {
                return Errors.ambiguous(job, now.held());
            }
            if (isPastGrace(now.withdrawnAt())) {
                end();
                return Errors.withdrawn(job);
            }
            if (tracker.stopped().isPresent()) {
                return Errors.stopped(tracker.stopped().get(), Outcome.UNKNOWN);
            }
            return Errors.late(job, Math.max(0, now.percent()));
        }

        private void end() {
            JobPoster.note(job, () -> journal.ended(job));
        }
    }

    /** Whether there is nothing to do yet; asked while the tracker stands still. */
    @FunctionalInterface
    private interface Idle {
        boolean lasts();
    }
}
