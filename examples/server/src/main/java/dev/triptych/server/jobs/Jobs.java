package dev.triptych.server.jobs;

import dev.triptych.CacheStatus;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.RequestJson;
import dev.triptych.config.ConfigException;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.pictures.PictureStore;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Jobs from the moment somebody asks to their end. A job is on disk before its asker hears of it, and its pictures are
 * before it is called completed. Thread-safe.
 */
public final class Jobs implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Jobs.class.getName());

    /** The most jobs that wait; one more is refused. */
    public static final int MAX_WAITING = 1000;

    private static final int ID_BYTES = 16;
    private static final long WATCH_MILLIS = 500;
    private static final long DRAIN_SECONDS = 20;
    private static final long BILLED_SECONDS = 130;

    private final Generators generators;
    private final JobStore store;
    private final PictureStore pictures;
    private final BilledCalls calls;
    private final Clock clock;
    private final LongSupplier nanos;
    private final JobQueue queue;
    private final JobEvents events = new JobEvents();
    private final SecureRandom random = new SecureRandom();
    private final Map<String, JobRun> runs = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Job>> endings = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private Jobs(
            Generators generators,
            JobStore store,
            PictureStore pictures,
            BilledCalls calls,
            Clock clock,
            LongSupplier nanos,
            Function<Jobs, JobQueue> queues) {
        this.generators = generators;
        this.store = store;
        this.pictures = pictures;
        this.calls = calls;
        this.clock = clock;
        this.nanos = nanos;
        this.queue = queues.apply(this);
    }

    /**
     * Goes on with the jobs in {@code store}: those that waited wait again, those that ran are painted again where that
     * costs nothing, and become {@link JobStatus#UNKNOWN} where a call may have been billed.
     *
     * @param calls what the books say
     * @param clock what people read
     * @param nanos what durations are reckoned by: a monotonic clock in nanoseconds
     */
    public static Jobs start(
            Generators generators,
            JobStore store,
            PictureStore pictures,
            BilledCalls calls,
            Clock clock,
            LongSupplier nanos) {
        Jobs jobs = new Jobs(
                generators, store, pictures, calls, clock, nanos, self -> new Lanes(generators::width, self::paint));
        store.open().forEach(jobs::resume);
        return jobs;
    }

    /**
     * Works on the jobs of {@code database} together with other processes: each job is painted by one of them. What a
     * worker that died was painting is found by its heartbeat, and goes on as in {@link #start}.
     *
     * @param database where the jobs are; it is closed with this
     */
    public static Jobs share(
            Generators generators,
            JobDatabase database,
            PictureStore pictures,
            BilledCalls calls,
            Clock clock,
            LongSupplier nanos) {
        Jobs jobs = new Jobs(
                generators,
                database.store(),
                pictures,
                calls,
                clock,
                nanos,
                self -> database.queue(self::paint, self::takeOver));
        jobs.watch();
        database.store().open().forEach(jobs.queue::add);
        return jobs;
    }

    /**
     * Whether job {@code id}, which the queue has given to this worker alone, shall be painted. If it runs, whoever
     * began it died or is thought dead: what it writes from here on does not count.
     */
    private boolean takeOver(String id) {
        Optional<Job> job = store.find(id);
        if (job.isEmpty() || job.get().status().isEnded() || runs.containsKey(id)) {
            return false;
        }
        if (job.get().status() == JobStatus.QUEUED) {
            return true;
        }
        Job now = mayHaveBilled(job.get()) ? unknown(job.get()) : job.get().requeued();
        if (!store.takeOver(now)) {
            return false;
        }
        told(now);
        return now.status() == JobStatus.QUEUED;
    }

    /** Looks for what other processes did, twice a second. */
    private void watch() {
        Thread watcher = new Thread(
                () -> {
                    while (!closed) {
                        lookElsewhere();
                        try {
                            TimeUnit.MILLISECONDS.sleep(WATCH_MILLIS);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                            return;
                        }
                    }
                },
                "triptych-watch");
        watcher.setDaemon(true);
        watcher.start();
    }

    private void lookElsewhere() {
        try {
            store.changedElsewhere().forEach(this::told);
            store.cancelRequested(runs.keySet()).forEach(id -> {
                JobRun run = runs.get(id);
                if (run != null) {
                    run.cancellation().cancel();
                }
            });
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "the database of jobs cannot be read right now", e);
        }
    }

    private void resume(Job job) {
        if (job.status() == JobStatus.RUNNING && mayHaveBilled(job)) {
            change(unknown(job));
            return;
        }
        Job waiting = job;
        if (job.status() == JobStatus.RUNNING) {
            waiting = job.requeued();
            change(waiting);
        }
        queue.add(waiting);
    }

    private Job unknown(Job job) {
        return job.ended(
                JobStatus.UNKNOWN,
                new Job.Failure(
                        "may_be_billed",
                        "the server stopped after " + job.generator()
                                + " may have had the request; it may have been billed, so it is not repeated by itself",
                        true),
                clock.instant());
    }

    /** A free generator may have fallen back to one that costs, so the books are asked whatever it is. */
    private boolean mayHaveBilled(Job job) {
        return calls == BilledCalls.NOTHING_KNOWN ? !generators.isFree(job.generator()) : calls.mayHaveBilled(job.id());
    }

    /**
     * Takes a job in. When this returns it is on disk.
     *
     * @throws HttpFailure 404 if there is no such generator, 429 if too many wait, 409 if the idempotency key came with
     *     another request before
     */
    public Job submit(JobRequest asked) {
        generators.require(asked.generator());
        String json = RequestJson.canonical(asked.request());
        keepPictures(asked.request());
        if (queue.waiting() >= MAX_WAITING) {
            throw new HttpFailure(
                    429, "queue_full", "at most " + MAX_WAITING + " jobs may wait, and as many do; try again later");
        }
        Job fresh = Job.queued(newId(), 0, asked, json, clock.instant());
        Job kept = store.add(fresh);
        if (!kept.id().equals(fresh.id())) {
            return sameAs(kept, asked.generator(), json);
        }
        events.changed(kept);
        queue.add(kept);
        return kept;
    }

    private static Job sameAs(Job kept, String generator, String json) {
        if (kept.requestJson().equals(json) && kept.generator().equals(generator)) {
            return kept;
        }
        throw new HttpFailure(
                409, "idempotency_conflict", "Idempotency-Key must be new for another request but was used before");
    }

    private void keepPictures(ImageRequest request) {
        request.inputs().forEach(input -> pictures.put(input.bytes()));
        request.mask().map(ImageInput::bytes).ifPresent(pictures::put);
    }

    /** A new id for a job or a comparison. */
    public String newId() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** The job with this id. */
    public Optional<Job> find(String id) {
        return store.find(id);
    }

    /** Some jobs, newest first. */
    public JobStore.Page page(JobStore.Query query) {
        return store.page(query);
    }

    /** How far {@code job} is; empty once it has ended. */
    public Optional<Progress> progress(Job job) {
        JobRun run = runs.get(job.id());
        if (run != null) {
            return Optional.of(run.progress());
        }
        return job.status() == JobStatus.QUEUED
                ? Optional.of(Progress.waiting(queue.position(job).orElse(0)))
                : Optional.empty();
    }

    /** The newest unfinished picture of job {@code id}. */
    public Optional<byte[]> preview(String id) {
        return Optional.ofNullable(runs.get(id)).flatMap(JobRun::preview);
    }

    /** What happens to jobs. */
    public JobEvents events() {
        return events;
    }

    /** How many jobs wait. */
    public int waiting() {
        return queue.waiting();
    }

    /** How many jobs run. */
    public int running() {
        return runs.size();
    }

    /** The generators. */
    public Generators generators() {
        return generators;
    }

    /** The pictures. */
    public PictureStore pictures() {
        return pictures;
    }

    /** Completes with job {@code id} when it has ended. */
    public CompletableFuture<Job> ending(String id) {
        CompletableFuture<Job> ending = endings.computeIfAbsent(id, key -> new CompletableFuture<>());
        store.find(id).filter(job -> job.status().isEnded()).ifPresent(job -> {
            endings.remove(id);
            ending.complete(job);
        });
        return ending;
    }

    /**
     * Cancels job {@code id}: at once while it waits or costs nothing; what was sent to a provider that bills may be
     * billed all the same, and the job says so. A job that has ended stays as it is.
     */
    public Optional<Job> cancel(String id) {
        Optional<Job> found = store.find(id);
        if (found.isEmpty() || found.get().status().isEnded()) {
            return found;
        }
        queue.remove(found.get());
        Optional<Job> cancelled = store.cancelWaiting(id, clock.instant());
        if (cancelled.isPresent()) {
            told(cancelled.get());
            return cancelled;
        }
        JobRun run = runs.get(id);
        if (run != null) {
            run.cancellation().cancel();
        } else {
            store.requestCancel(id);
        }
        return store.find(id);
    }

    private void change(Job job) {
        if (store.save(job)) {
            told(job);
        }
    }

    private void told(Job job) {
        events.changed(job);
        if (job.status().isEnded()) {
            CompletableFuture<Job> ending = endings.remove(job.id());
            if (ending != null) {
                ending.complete(job);
            }
        }
    }

    /** Paints job {@code id}. Whatever happens, the job says so, and nothing is thrown. */
    private void paint(String id) {
        JobRun run = new JobRun(nanos);
        runs.put(id, run);
        try {
            Optional<Job> begun = store.begin(id, clock.instant());
            if (begun.isPresent()) {
                events.changed(begun.get());
                Job ended = run(begun.get(), run);
                boolean counts = store.save(ended);
                runs.remove(id);
                if (counts) {
                    told(ended);
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "the state of job " + id + " could not be kept", e);
            CompletableFuture<Job> ending = endings.remove(id);
            if (ending != null) {
                ending.completeExceptionally(e);
            }
        } finally {
            runs.remove(id);
        }
    }

    private Job run(Job job, JobRun run) {
        try {
            ImageRequest request = RequestJson.parse(job.requestJson(), pictures::input);
            GenerationContext context = GenerationContext.builder()
                    .requestId(job.id())
                    .cancellation(run.cancellation())
                    .listener(event -> heard(job, run, event))
                    .build();
            ImageGenerator generator = generators.get(job.generator());
            return completed(job, generator.generate(PreviewWish.in(request, generator.capabilities()), context));
        } catch (GenerationCancelledException e) {
            return run.isPutBack() ? job.requeued() : cancelled(job, e);
        } catch (ImageGenerationException e) {
            return failed(job, e);
        } catch (ConfigException e) {
            return job.ended(JobStatus.FAILED, new Job.Failure("configuration", messageOf(e), false), clock.instant());
        } catch (IllegalArgumentException e) {
            return job.ended(
                    JobStatus.FAILED, new Job.Failure("invalid_request", messageOf(e), false), clock.instant());
        } catch (UncheckedIOException e) {
            boolean billed = !generators.isFree(job.generator());
            return job.ended(
                    billed ? JobStatus.UNKNOWN : JobStatus.FAILED,
                    new Job.Failure("storage", messageOf(e), billed),
                    clock.instant());
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "job " + job.id() + " failed through a defect", e);
            boolean billed = !generators.isFree(job.generator());
            return job.ended(
                    billed ? JobStatus.UNKNOWN : JobStatus.FAILED,
                    new Job.Failure(
                            "defect", "Triptych failed through a defect; its log tells of job " + job.id(), billed),
                    clock.instant());
        }
    }

    private void heard(Job job, JobRun run, GenerationEvent event) {
        if (run.heard(event)) {
            events.progressed(job, run.progress());
        }
    }

    private Job completed(Job job, ImageResult result) {
        List<Job.Picture> made = new ArrayList<>();
        for (GeneratedImage image : result.images()) {
            made.add(new Job.Picture(
                    pictures.put(image.bytes()),
                    image.sha256(),
                    image.mediaType(),
                    image.width(),
                    image.height(),
                    image.length(),
                    image.seed(),
                    image.revisedPrompt(),
                    image.imageId()));
        }
        List<GenerationWarning> warnings = new ArrayList<>(result.warnings());
        result.execution()
                .passedOver()
                .forEach(passed -> warnings.add(GenerationWarning.notice(
                        "generator",
                        passed.generator().name() + " did not paint it: "
                                + messageOf(passed.reason()) + "; "
                                + result.execution().servedBy().name() + " did")));
        result.failures()
                .forEach(failure -> warnings.add(GenerationWarning.notice(
                        "count", "picture " + (failure.index() + 1) + " is missing: " + messageOf(failure.error()))));
        return job.completed(
                made,
                warnings,
                new Job.Making(
                        result.execution().servedBy().name(),
                        result.execution().servedBy().provider(),
                        result.execution().servedBy().model(),
                        result.execution().servedBy().local(),
                        RequestJson.canonical(result.execution().effectiveRequest()),
                        result.execution().total().toMillis(),
                        result.execution().cache() == CacheStatus.HIT,
                        result.cost()),
                clock.instant());
    }

    private Job cancelled(Job job, ImageGenerationException e) {
        boolean billed = mayBeBilled(job, e);
        Job.Failure why = billed
                ? new Job.Failure(
                        "cancelled", "cancelled here, but " + e.providerId() + " may charge for it all the same", true)
                : new Job.Failure("cancelled", "cancelled; nothing was charged", false);
        return job.ended(JobStatus.CANCELLED, why, clock.instant());
    }

    private Job failed(Job job, ImageGenerationException e) {
        boolean billed = mayBeBilled(job, e);
        return job.ended(
                billed ? JobStatus.UNKNOWN : JobStatus.FAILED,
                new Job.Failure(FailureCodes.of(e), messageOf(e), billed),
                clock.instant());
    }

    private boolean mayBeBilled(Job job, ImageGenerationException e) {
        boolean reached = e.outcome() == Outcome.UNKNOWN || e.outcome() == Outcome.COMPLETED;
        return reached && !generators.isFree(job.generator());
    }

    private static String messageOf(Throwable error) {
        String message = error.getMessage();
        return message == null ? error.getClass().getSimpleName() : message;
    }

    /**
     * Starts no more jobs, and waits for those that run: a while for those that cost nothing, which then wait for the
     * next start; as long as it takes, up to two minutes, for those that may be billed.
     */
    @Override
    public void close() {
        closed = true;
        queue.stopStarting();
        try {
            if (!queue.awaitIdle(DRAIN_SECONDS)) {
                runs.forEach((id, run) -> store.find(id)
                        .filter(job -> generators.isFree(job.generator()))
                        .ifPresent(job -> run.putBack()));
                if (!queue.awaitIdle(BILLED_SECONDS)) {
                    LOG.log(System.Logger.Level.WARNING, "some jobs did not end in time; the next start looks at them");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        queue.close();
        store.close();
    }
}
