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
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RunningCalls;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.internal.Stopwatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * One request on its way as several calls, on this thread and some others. Whatever ends one part, all parts under way
 * end before this returns, no further one is begun where it would only fail too, and every picture that came is kept.
 * Serves once.
 */
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
    private final AtomicReference<ImageGenerationException> finalError = new AtomicReference<>();
    private final AtomicReference<Throwable> defect = new AtomicReference<>();

    SplitRun(GeneratorInfo generator, Call call, List<ImageRequest> parts, Stage next) {
        this.generator = generator;
        this.call = call;
        this.parts = parts;
        this.next = next;
        this.progress = new SplitProgress(call.context(), call.request().count(), parts);
        this.outcomes = new AtomicReferenceArray<>(parts.size());
    }

    ImageResult run(int parallelCalls) {
        Stopwatch time = Stopwatch.started(call.context().clock());
        Cancellation.Registration link = call.context().cancellation().onCancel(ownEnd::cancel);
        try {
            List<Future<?>> others = new ArrayList<>();
            for (int i = 1; i < Math.min(parallelCalls, parts.size()); i++) {
                others.add(THREADS.submit(RunningCalls.carrying(this::work)));
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
        throwDefectUnlessAPictureCame(all);
        return new PartsMerger(call, time).merge(all);
    }

    /** Takes one part after the other until none is left. */
    private void work() {
        for (int i = taken.getAndIncrement(); i < parts.size(); i = taken.getAndIncrement()) {
            outcomes.set(i, runPart(i));
        }
    }

    private PartOutcome runPart(int index) {
        ImageRequest part = parts.get(index);
        ImageGenerationException earlier = finalError.get();
        if (earlier != null) {
            return PartOutcome.of(part, earlier);
        }
        GenerationContext context = call.context().toBuilder()
                .cancellation(ownEnd)
                .listener(progress.listener(index))
                .build();
        try {
            return PartOutcome.of(part, next.run(call.withRequest(part, context)));
        } catch (GenerationCancelledException e) {
            ownEnd.cancel();
            return PartOutcome.of(part, e);
        } catch (ImageGenerationException e) {
            if (isFinal(e)) {
                finalError.compareAndSet(null, e);
            }
            return PartOutcome.of(part, e);
        } catch (Throwable e) { // whatever it is, the other parts' pictures must not be lost with it
            return PartOutcome.of(part, afterDefect(e));
        }
    }

    /** What ends one part for good would end the next one too: it is not asked for. */
    private static boolean isFinal(ImageGenerationException error) {
        return error instanceof AuthenticationException
                || error instanceof BudgetExceededException
                || error instanceof UnsupportedRequestException;
    }

    /** An error of the program: nothing more is bought, and the part may have been billed. */
    private ImageGenerationException afterDefect(Throwable error) {
        defect.compareAndSet(null, error);
        String what = generator.name() + " failed with " + error.getClass().getName();
        finalError.compareAndSet(
                null,
                new ProviderUnavailableException(
                        what + " at another part of the request, and this one was not begun",
                        ErrorOrigin.of(generator.provider(), Outcome.NOT_SENT),
                        error));
        return new ProviderUnavailableException(what, ErrorOrigin.of(generator.provider(), Outcome.UNKNOWN), error);
    }

    private void throwDefectUnlessAPictureCame(List<PartOutcome> all) {
        Throwable error = defect.get();
        boolean noPicture = all.stream().map(PartOutcome::result).allMatch(Optional::isEmpty);
        if (noPicture && error instanceof Error worst) {
            throw worst;
        }
        if (noPicture && error instanceof RuntimeException failure) {
            throw failure;
        }
    }

    /** Waits until {@code worker} has ended; an interrupt of this thread is passed on to all parts. */
    private void join(Future<?> worker) {
        boolean interrupted = false;
        while (true) {
            try {
                worker.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                ownEnd.cancel();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a part lets no error out", e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
