package dev.triptych.shared;

import dev.triptych.config.SharedLimits;
import dev.triptych.config.SharedSettings;
import dev.triptych.ledger.BudgetSettings;
import dev.triptych.ledger.BudgetStore;
import dev.triptych.resilience.RateLimits;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;

/**
 * Budgets on PostgreSQL or Redis, and rate limits on Redis, for all machines that name the same server. Thread-safe.
 *
 * <pre>{@code
 * SharedSettings shared = SharedSettings.redis("redis://localhost:6379");
 * StandardSettings settings = StandardSettings.standard()
 *         .withShared(shared)
 *         .withBudget(BudgetSettings.on(BudgetSettings.Store.REDIS, "USD").withPerDay(BudgetLimits.money("5.00")));
 * }</pre>
 */
public final class SharedServers implements SharedLimits {

    /** As a service; stateless. */
    public SharedServers() {}

    @Override
    public BudgetStore budget(SharedSettings settings, BudgetSettings budget) {
        Duration timeout = settings.timeout().multipliedBy(10);
        String name = settings.name() + "/" + budget.currency();
        return switch (budget.store()) {
            case JDBC -> new SqlBudget(new SqlServer(settings, timeout), name, budget.lease());
            case REDIS -> new RedisBudget(redis(settings, timeout), name, budget.lease());
            case DIRECTORY ->
                throw new IllegalArgumentException("budget.store must be jdbc or redis but was directory");
        };
    }

    @Override
    public RateLimits rateLimits(SharedSettings settings) {
        return new RedisRateLimits(redis(settings, settings.timeout()), settings, TimeMeter.SYSTEM_MILLISECONDS);
    }

    private static RedisServer redis(SharedSettings settings, Duration timeout) {
        try {
            return new RedisServer(settings, timeout, System::nanoTime);
        } catch (NoClassDefFoundError e) {
            throw new IllegalArgumentException(Missing.library("shared.redis", "io.lettuce", "lettuce-core"), e);
        }
    }
}
