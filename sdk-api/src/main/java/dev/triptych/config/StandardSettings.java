package dev.triptych.config;

import dev.triptych.PromptRewriter;
import dev.triptych.cache.CacheSettings;
import dev.triptych.cache.PictureCache;
import dev.triptych.ledger.Budget;
import dev.triptych.ledger.BudgetSettings;
import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.JournalSettings;
import dev.triptych.resilience.FallbackSettings;
import dev.triptych.resilience.GenerationObserver;
import dev.triptych.resilience.GeneratorChain;
import dev.triptych.resilience.GuardParts;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.resilience.Observers;
import dev.triptych.resilience.Resilience;
import dev.triptych.resilience.Surroundings;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@link Generators#standard} puts around a generator.
 *
 * @param guard around each generator behind a network
 * @param localGuard around each generator on this machine
 * @param fallback when a chain goes on to its next generator
 * @param rewriter who may change a prompt before anything else sees it
 * @param cache where pictures are kept
 * @param budget how much may be spent; empty = no limit
 * @param journal where billed calls are written down; empty = nowhere
 * @param shared where budget and rate limits are kept that other machines share; empty = nowhere
 * @param observeClassPath whether Micrometer and OpenTelemetry are told, where they are on the class path
 * @param observers who is told besides
 */
public record StandardSettings(
        GuardSettings guard,
        GuardSettings localGuard,
        FallbackSettings fallback,
        Optional<PromptRewriter> rewriter,
        CacheSettings cache,
        Optional<BudgetSettings> budget,
        Optional<JournalSettings> journal,
        Optional<SharedSettings> shared,
        boolean observeClassPath,
        List<GenerationObserver> observers) {

    /** Copies the list. */
    public StandardSettings {
        observers = List.copyOf(observers);
    }

    /** Each part's own defaults; no budget, no journal. */
    public static StandardSettings standard() {
        return new StandardSettings(
                GuardSettings.standard(),
                GuardSettings.local(),
                FallbackSettings.standard(),
                Optional.empty(),
                CacheSettings.standard(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                true,
                List.of());
    }

    /** These settings with the same guard around every generator, local or not. */
    public StandardSettings withGuard(GuardSettings value) {
        return new StandardSettings(
                value, value, fallback, rewriter, cache, budget, journal, shared, observeClassPath, observers);
    }

    /** These settings with another rule of going on. */
    public StandardSettings withFallback(FallbackSettings value) {
        return new StandardSettings(
                guard, localGuard, value, rewriter, cache, budget, journal, shared, observeClassPath, observers);
    }

    /** These settings with a rewriter of prompts. */
    public StandardSettings withRewriter(PromptRewriter value) {
        return new StandardSettings(
                guard,
                localGuard,
                fallback,
                Optional.of(value),
                cache,
                budget,
                journal,
                shared,
                observeClassPath,
                observers);
    }

    /** These settings with another cache. */
    public StandardSettings withCache(CacheSettings value) {
        return new StandardSettings(
                guard, localGuard, fallback, rewriter, value, budget, journal, shared, observeClassPath, observers);
    }

    /** These settings with a budget. */
    public StandardSettings withBudget(BudgetSettings value) {
        return new StandardSettings(
                guard,
                localGuard,
                fallback,
                rewriter,
                cache,
                Optional.of(value),
                journal,
                shared,
                observeClassPath,
                observers);
    }

    /** These settings with a journal. */
    public StandardSettings withJournal(JournalSettings value) {
        return new StandardSettings(
                guard,
                localGuard,
                fallback,
                rewriter,
                cache,
                budget,
                Optional.of(value),
                shared,
                observeClassPath,
                observers);
    }

    /** These settings with servers that other machines share; they keep what says so, by its {@code store}. */
    public StandardSettings withShared(SharedSettings value) {
        return new StandardSettings(
                guard,
                localGuard,
                fallback,
                rewriter,
                cache,
                budget,
                journal,
                Optional.of(value),
                observeClassPath,
                observers);
    }

    /** These settings with these observers alone: nothing on the class path is told. */
    public StandardSettings withObservers(List<GenerationObserver> value) {
        return new StandardSettings(
                guard, localGuard, fallback, rewriter, cache, budget, journal, shared, false, value);
    }

    /** The chain with these settings, and what its generators share; close it when it has been put around the last. */
    GeneratorChain chain(Surroundings surroundings) {
        Resilience resilience = new Resilience();
        List<GenerationObserver> all = new ArrayList<>(observers);
        if (observeClassPath) {
            all.addAll(Observers.onClassPath(resilience));
        }
        return new GeneratorChain(
                PictureCache.open(cache),
                openBudget(surroundings.clock()),
                new GuardParts(
                        resilience,
                        shared.filter(servers -> servers.redis().isPresent())
                                .map(servers -> SharedLimits.onClassPath().rateLimits(servers)),
                        journal.map(where -> CallJournal.open(where, surroundings.clock())),
                        all,
                        surroundings));
    }

    /**
     * The budget of these settings, on the server that they name or in their directory; empty where they have none.
     * Whoever opens it closes it.
     *
     * @throws IllegalArgumentException if it shall be on a server that {@link #shared} does not name
     */
    public Optional<Budget> openBudget(Clock clock) {
        return budget.map(limits -> budget(limits, clock));
    }

    private Budget budget(BudgetSettings limits, Clock clock) {
        if (limits.store() == BudgetSettings.Store.DIRECTORY) {
            return Budget.open(limits, clock);
        }
        SharedSettings servers = shared.orElseGet(SharedSettings::none);
        requireServer("budget.store", limits.store() == BudgetSettings.Store.JDBC, servers);
        return Budget.open(limits, clock, SharedLimits.onClassPath().budget(servers, limits));
    }

    /**
     * Checks that there is the server that {@code key} names.
     *
     * @throws IllegalArgumentException if there is not
     */
    static void requireServer(String key, boolean jdbc, SharedSettings servers) {
        String server = jdbc ? "jdbc" : "redis";
        if ((jdbc ? servers.jdbc() : servers.redis()).isEmpty()) {
            throw new IllegalArgumentException(
                    key + " is " + server + ", so shared." + server + " must be set but was not");
        }
    }
}
