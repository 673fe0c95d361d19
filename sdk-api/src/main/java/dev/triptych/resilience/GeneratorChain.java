package dev.triptych.resilience;

import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.PromptRewriter;
import dev.triptych.cache.CachePolicy;
import dev.triptych.cache.CachingGenerator;
import dev.triptych.cache.PictureCache;
import dev.triptych.internal.AllSteps;
import dev.triptych.ledger.Budget;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything that stands around generators, in its one order:
 *
 * <pre>
 * observe → rewrite → cache → budget → fallback [ rate limit → bulkhead → circuit breaker → retry → timeout → split → provider ]
 * </pre>
 *
 * <p>What the generators share belongs to the chain: cache, budget, journal, observers. Closing the chain lets go of
 * it, now or when the last generator that callers got of it has closed. Thread-safe.
 */
public final class GeneratorChain implements AutoCloseable {

    private final PictureCache cache;
    private final Optional<Budget> budget;
    private final GuardParts parts;

    // Guarded by this.
    private int open;
    private boolean closing;
    private boolean closed;

    /** A chain over {@code cache}, which it closes, {@code budget} and what the guarded generators share. */
    public GeneratorChain(PictureCache cache, Optional<Budget> budget, GuardParts parts) {
        this.cache = cache;
        this.budget = budget;
        this.parts = parts;
    }

    /**
     * What callers get: {@code candidates}, first choice first, with everything around them. Closing it closes them.
     *
     * @param candidates generators that {@link #guard} made, or that stand for such
     * @param rewriter who may change the prompt before anything else sees it
     * @param ofPictures the first choice's settings as far as they change its pictures; no secret
     * @param afterwards what is done when it has closed
     */
    public ImageGenerator around(
            List<? extends ImageGenerator> candidates,
            Optional<PromptRewriter> rewriter,
            CachePolicy policy,
            String ofPictures,
            FallbackSettings fallback,
            Runnable afterwards) {
        ImageGenerator chain = observe(
                rewrite(cache(budget(fallback(candidates, fallback)), policy, ofPictures), rewriter), afterwards);
        synchronized (this) {
            open++;
        }
        return chain;
    }

    private ImageGenerator observe(ImageGenerator next, Runnable afterwards) {
        return new ObservedGenerator(next, parts.observers(), () -> AllSteps.run(List.of(afterwards, this::ended)));
    }

    private static ImageGenerator rewrite(ImageGenerator next, Optional<PromptRewriter> rewriter) {
        return new RewritingGenerator(next, rewriter);
    }

    private ImageGenerator cache(ImageGenerator next, CachePolicy policy, String ofPictures) {
        return new CachingGenerator(next, cache, policy, ofPictures);
    }

    private ImageGenerator budget(ImageGenerator next) {
        return budget.<ImageGenerator>map(money -> new BudgetedGenerator(next, money))
                .orElse(next);
    }

    private static ImageGenerator fallback(List<? extends ImageGenerator> candidates, FallbackSettings settings) {
        return new FallbackGenerator(candidates, settings);
    }

    /**
     * {@code provider} with what stands around it alone. Closing it closes {@code provider}.
     *
     * @param remote for a provider behind a network
     * @param local for one on this machine; which of the two it is shows at the first call
     */
    public ImageGenerator guard(ImageGenerator provider, GuardSettings remote, GuardSettings local) {
        return new GuardedGenerator(provider, remote, local, parts);
    }

    /** The links around one provider, outermost first. */
    static StageLine aroundProvider(
            ImageGenerator provider, GeneratorInfo info, GuardSettings settings, GuardParts parts) {
        Resilience registries = parts.resilience();
        Surroundings world = parts.surroundings();
        AttemptTimeout timeout = new AttemptTimeout(info, settings.timeout(), world.alarm());
        return new StageLine()
                .then(
                        "rate limit",
                        settings.rateLimit(),
                        (limit, next) -> new RateLimitStage(
                                info, limit, parts.permits(info.name(), limit), world.sleeper(), next))
                .then(
                        "bulkhead",
                        settings.bulkhead(),
                        (limit, next) -> new BulkheadStage(info, limit, registries.bulkheads(), next))
                .then(
                        "circuit breaker",
                        settings.circuitBreaker(),
                        (limit, next) ->
                                new CircuitBreakerStage(info, limit, registries.circuitBreakers(), world.clock(), next))
                .then(
                        "retry",
                        next -> new RetryStage(
                                info,
                                provider::capabilities,
                                settings.retry(),
                                registries.retries(),
                                world,
                                timeout,
                                next))
                .then("timeout", next -> new ObservedAttempt(info, parts.observers(), new TimeoutStage(timeout, next)))
                .then("split", next -> new SplitStage(info, provider::capabilities, settings.parallelCalls(), next))
                .endingIn("provider", new ProviderStage(provider, info, parts.journal()));
    }

    private void ended() {
        synchronized (this) {
            open--;
        }
        closeIfUnused();
    }

    /** Closes what the generators share, now or after the last of them. */
    @Override
    public void close() {
        synchronized (this) {
            closing = true;
        }
        closeIfUnused();
    }

    private void closeIfUnused() {
        synchronized (this) {
            if (!closing || closed || open > 0) {
                return;
            }
            closed = true;
        }
        List<Runnable> steps = new ArrayList<>(List.of(cache::close));
        budget.ifPresent(money -> steps.add(money::close));
        parts.sharedLimits().ifPresent(limits -> steps.add(limits::close));
        AllSteps.run(steps);
    }
}
