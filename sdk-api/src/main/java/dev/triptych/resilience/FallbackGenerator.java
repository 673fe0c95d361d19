package dev.triptych.resilience;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ExecutionRecord.PassedOver;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.internal.AllSteps;
import dev.triptych.ledger.Budget;
import dev.triptych.ledger.Purse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A chain of generators: the first that can serves, within a budget. Each is asked for the request as the caller wrote
 * it, and negotiates it for itself. To the outside it is the first one, whose name and capabilities it shows.
 * Thread-safe.
 */
public final class FallbackGenerator implements ImageGenerator {

    private final List<ImageGenerator> candidates;
    private final FallbackSettings settings;
    private final Optional<Budget> budget;

    /**
     * A chain of {@code candidates}, tried in order.
     *
     * @throws IllegalArgumentException if there is none
     */
    public FallbackGenerator(
            List<? extends ImageGenerator> candidates, FallbackSettings settings, Optional<Budget> budget) {
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException("a chain must have at least one generator but had none");
        }
        this.candidates = List.copyOf(candidates);
        this.settings = settings;
        this.budget = budget;
    }

    @Override
    public ImageResult generate(ImageRequest request, GenerationContext context) {
        if (budget.isEmpty()) {
            return serve(request, context, Optional.empty());
        }
        try (Purse purse = budget.get().purse(context.requestId())) {
            if (capabilities().costClass() == CostClass.BILLED) {
                purse.cover(info(), request.count());
            }
            return serve(request, context, Optional.of(purse));
        }
    }

    private ImageResult serve(ImageRequest request, GenerationContext context, Optional<Purse> purse) {
        List<PassedOver> passedOver = new ArrayList<>();
        for (int i = 0; ; i++) {
            ImageGenerator candidate = candidates.get(i);
            boolean othersFollow = i + 1 < candidates.size();
            try {
                ImageResult result = candidate.generate(request, scoped(context, purse, othersFollow));
                return passedOver.isEmpty()
                        ? result
                        : result.withExecution(result.execution().withPassedOver(passedOver));
            } catch (ImageGenerationException e) {
                if (!goesOn(e)) {
                    passedOver.forEach(earlier -> e.addSuppressed(earlier.reason()));
                    throw e;
                }
                passedOver.add(new PassedOver(candidate.info(), e));
                if (!othersFollow || isOver(context)) {
                    throw exhausted(passedOver);
                }
                context.emit(new GenerationEvent.FallingBack(
                        candidate.info(), candidates.get(i + 1).info(), e));
            }
        }
    }

    /** What a guarded generator must know; nothing where it follows from having none. */
    private static GenerationContext scoped(GenerationContext context, Optional<Purse> purse, boolean othersFollow) {
        if (purse.isEmpty() && !othersFollow) {
            return context;
        }
        return context.toBuilder()
                .attach(ChainScope.class, new ChainScope(purse, othersFollow))
                .listener(context::emit)
                .build();
    }

    private boolean goesOn(ImageGenerationException error) {
        return FallbackReason.of(error).filter(settings.reasons()::contains).isPresent();
    }

    private static boolean isOver(GenerationContext context) {
        return context.cancellation().isCancelled()
                || context.remaining().filter(left -> left.isZero()).isPresent();
    }

    /** The first choice's error, since that is the one the caller asked for; the others are beside it. */
    private static ImageGenerationException exhausted(List<PassedOver> passedOver) {
        ImageGenerationException first = passedOver.get(0).reason();
        passedOver.stream().skip(1).forEach(later -> first.addSuppressed(later.reason()));
        return first;
    }

    @Override
    public Capabilities capabilities() {
        return candidates.get(0).capabilities();
    }

    @Override
    public GeneratorInfo info() {
        return candidates.get(0).info();
    }

    /** The generators of the chain, first choice first. */
    public List<ImageGenerator> candidates() {
        return candidates;
    }

    /** Also gives the budget. */
    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        return budget.filter(type::isInstance)
                .<T>map(type::cast)
                .orElseGet(() -> candidates.get(0).unwrap(type));
    }

    /** Closes every generator of the chain, also if one of them fails to. */
    @Override
    public void close() {
        AllSteps.run(
                candidates.stream().<Runnable>map(candidate -> candidate::close).toList());
    }

    /** The chain, outermost first. */
    @Override
    public String toString() {
        return (budget.isPresent() ? "budget → " : "") + "fallback "
                + candidates.stream().map(Object::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
