package dev.triptych.resilience;

import dev.triptych.CostClass;
import dev.triptych.ExecutionRecord.PassedOver;
import dev.triptych.ForwardingGenerator;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.RunningCalls;
import dev.triptych.internal.AllSteps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A chain of generators: the first that can serves. Each is asked for the request as the caller wrote it, and
 * negotiates it for itself. After a call that may have been billed, only those that cost nothing are asked, unless the
 * settings allow to pay twice. To the outside it is the first one, whose name and capabilities it shows. Thread-safe.
 */
public final class FallbackGenerator extends ForwardingGenerator {

    private final List<ImageGenerator> candidates;
    private final FallbackSettings settings;

    /**
     * A chain of {@code candidates}, tried in order.
     *
     * @throws IllegalArgumentException if there is none
     */
    public FallbackGenerator(List<? extends ImageGenerator> candidates, FallbackSettings settings) {
        super(firstOf(candidates));
        this.candidates = List.copyOf(candidates);
        this.settings = settings;
    }

    private static ImageGenerator firstOf(List<? extends ImageGenerator> candidates) {
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException("a chain must have at least one generator but had none");
        }
        return candidates.get(0);
    }

    @Override
    protected ImageResult serve(ImageRequest request, RunningCalls.Call call) {
        GenerationContext context = call.passOn();
        ChainScope scope = ChainScope.of(context);
        List<PassedOver> passedOver = new ArrayList<>();
        boolean paid = false;
        int at = 0;
        while (true) {
            ImageGenerator candidate = candidates.get(at);
            boolean othersFollow = after(at, paid).isPresent();
            call.passOn();
            try {
                ImageResult result = candidate.generate(
                        request, scope.withOthersFollowing(othersFollow).in(context));
                return passedOver.isEmpty()
                        ? result
                        : result.withExecution(result.execution().withPassedOver(passedOver));
            } catch (ImageGenerationException e) {
                passedOver.add(new PassedOver(candidate.info(), e));
                paid |= mayBeBilled(e) && !isFree(candidate);
                OptionalInt next = goesOn(e) && !isOver(context) ? after(at, paid) : OptionalInt.empty();
                if (next.isEmpty()) {
                    throw said(goesOn(e) ? passedOver.get(0).reason() : e, passedOver);
                }
                at = next.getAsInt();
                context.emit(new GenerationEvent.FallingBack(
                        candidate.info(), candidates.get(at).info(), e));
            }
        }
    }

    /** The next generator after {@code index}; where money may be gone already, the next that costs nothing. */
    private OptionalInt after(int index, boolean paid) {
        return IntStream.range(index + 1, candidates.size())
                .filter(next -> !paid || settings.mayPayTwice() || isFree(candidates.get(next)))
                .findFirst();
    }

    private static boolean isFree(ImageGenerator candidate) {
        return candidate.capabilities().costClass() == CostClass.FREE;
    }

    private static boolean mayBeBilled(ImageGenerationException error) {
        return error.outcome() == Outcome.UNKNOWN || error.outcome() == Outcome.COMPLETED;
    }

    private boolean goesOn(ImageGenerationException error) {
        return FallbackReason.of(error).filter(settings.reasons()::contains).isPresent();
    }

    private static boolean isOver(GenerationContext context) {
        return context.cancellation().isCancelled()
                || context.remaining().filter(Duration::isZero).isPresent();
    }

    /** {@code error}, or one that may have been billed where that one was not; the others are beside it. */
    private static ImageGenerationException said(ImageGenerationException error, List<PassedOver> passedOver) {
        ImageGenerationException said = mayBeBilled(error) || error instanceof GenerationCancelledException
                ? error
                : passedOver.stream()
                        .map(PassedOver::reason)
                        .filter(FallbackGenerator::mayBeBilled)
                        .findFirst()
                        .orElse(error);
        passedOver.stream()
                .map(PassedOver::reason)
                .filter(other -> other != said)
                .forEach(said::addSuppressed);
        return said;
    }

    /** Prepares every generator that can be prepared; the first one's error comes out only where none can. */
    @Override
    protected void prepare(RunningCalls.Call call) {
        List<ImageGenerationException> failures = new ArrayList<>();
        for (ImageGenerator candidate : candidates) {
            GenerationContext context = call.passOn();
            try {
                candidate.prepare(context);
            } catch (GenerationCancelledException e) {
                throw e;
            } catch (ImageGenerationException e) {
                failures.add(e);
            }
        }
        if (failures.size() == candidates.size()) {
            ImageGenerationException first = failures.get(0);
            failures.stream().skip(1).filter(other -> other != first).forEach(first::addSuppressed);
            throw first;
        }
    }

    /** The generators of the chain, first choice first. */
    public List<ImageGenerator> candidates() {
        return candidates;
    }

    /** Closes every generator of the chain at the same time, also if one of them fails to. */
    @Override
    protected void closeNext() {
        AllSteps.runAtOnce(
                candidates.stream().<Runnable>map(candidate -> candidate::close).toList());
    }

    /** The chain, outermost first. */
    @Override
    public String toString() {
        return "fallback " + candidates.stream().map(Object::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
