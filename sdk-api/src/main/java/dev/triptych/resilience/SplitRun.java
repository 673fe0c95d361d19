package dev.triptych.resilience;

import dev.triptych.AuthenticationException;
import dev.triptych.BudgetExceededException;
import dev.triptych.Cancellation;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.UnsupportedRequestException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** One request on its way as several calls, on this thread and some others. Serves once. */
final class SplitRun {

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "triptych-split");
        thread.setDaemon(true);
        return thread;
    });

    private final GeneratorInfo generator;
    private final Call call;
    private final List<ImageRequest> parts;
    private final Stage next;
    private final SplitProgress progress;
    private final Cancellation ownEnd = new Cancellation();
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicReferenceArray<PartOutcome> outcomes;

    SplitRun(GeneratorInfo generator, Call call, List<ImageRequest> parts, Stage next) {
        this.generator = generator;
        this.call = call;
        this.parts = parts;
        this.next = next;
        this.progress = new SplitProgress(call.context(), call.request().count(), parts);
        this.outcomes = new AtomicReferenceArray<>(parts.size());
    }

    ImageResult run(int parallelCalls) {
        Instant start = call.context().clock().instant();
        Cancellation.Registration link = call.context().cancellation().onCancel(ownEnd::cancel);
        try {
            List<Future<?>> others = new ArrayList<>();
            for (int i = 1; i < Math.min(parallelCalls, parts.size()); i++) {
                others.add(THREADS.submit(this::work));
            }
            work();
            others.forEach(this::join);
        } finally {
            link.close();
        }
        List<PartOutcome> all = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            all.add(outcomes.get(i));
        }
        return new PartsMerger(generator, call, start).merge(all);
    }

    /** Takes one part after the other until none is left. */
    private void work() {
        for (int i = taken.getAndIncrement(); i < parts.size(); i = taken.getAndIncrement()) {
            outcomes.set(i, runPart(i));
        }
    }

    private PartOutcome runPart(int index) {
        ImageRequest part = parts.get(index);
        GenerationContext context = call.context().toBuilder()
                .cancellation(ownEnd)
                .listener(progress.listener(index))
                .build();
        try {
            stopIfOneWasFinal();
            return PartOutcome.of(part, next.run(call.withRequest(part, context)));
        } catch (GenerationCancelledException e) {
            ownEnd.cancel();
            return PartOutcome.of(part, e);
        } catch (ImageGenerationException e) {
            return PartOutcome.of(part, e);
        }
    }

    /** What ended one part for good would end the next one too: it is not asked for. */
    private void stopIfOneWasFinal() {
        for (int i = 0; i < parts.size(); i++) {
            PartOutcome outcome = outcomes.get(i);
            if (outcome != null && outcome.error().filter(SplitRun::isFinal).isPresent()) {
                throw outcome.error().get();
            }
        }
    }

    private static boolean isFinal(ImageGenerationException error) {
        return error instanceof AuthenticationException
                || error instanceof BudgetExceededException
                || error instanceof UnsupportedRequestException;
    }

    /** Waits until {@code worker} has ended; an interrupt of this thread is passed on to all parts first. */
    private void join(Future<?> worker) {
        try {
            worker.get();
        } catch (InterruptedException e) {
            ownEnd.cancel();
            joinUninterrupted(worker);
            Thread.currentThread().interrupt();
            throw new GenerationCancelledException(
                    "generation was interrupted", ErrorOrigin.of(generator.provider(), Outcome.UNKNOWN), e);
        } catch (ExecutionException e) {
            throw unchecked(e);
        }
    }

    private static void joinUninterrupted(Future<?> worker) {
        boolean waiting = true;
        while (waiting) {
            try {
                worker.get();
                waiting = false;
            } catch (InterruptedException e) {
                Thread.onSpinWait();
            } catch (ExecutionException e) {
                throw unchecked(e);
            }
        }
    }

    private static RuntimeException unchecked(ExecutionException e) {
        if (e.getCause() instanceof Error error) {
            throw error;
        }
        return e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
}
