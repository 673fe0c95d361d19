package dev.triptych.config;

import dev.triptych.ledger.BudgetSettings;
import dev.triptych.ledger.BudgetStore;
import dev.triptych.resilience.RateLimits;
import java.util.ServiceLoader;

/**
 * Makes what several machines share from {@link SharedSettings}. It is a {@link ServiceLoader} service, which
 * {@code triptych-shared-limits} brings; whoever wants other servers registers another. Cheap: connections are opened
 * on first use.
 */
public interface SharedLimits {

    /**
     * The sums of a budget.
     *
     * @param settings where the server is
     * @param budget which server, {@link BudgetSettings.Store#JDBC} or {@link BudgetSettings.Store#REDIS}, with
     *     currency and lease
     * @throws IllegalArgumentException if a library for that server is not on the class path
     */
    BudgetStore budget(SharedSettings settings, BudgetSettings budget);

    /**
     * Rate limits on the Redis server of {@code settings}.
     *
     * @throws IllegalArgumentException if a library for it is not on the class path
     */
    RateLimits rateLimits(SharedSettings settings);

    /**
     * What is on the class path.
     *
     * @throws IllegalArgumentException if nothing is; the message says what to add
     */
    static SharedLimits onClassPath() {
        return ServiceLoader.load(SharedLimits.class)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "shared needs dev.triptych:triptych-shared-limits on the class path but found none; add"
                                + " <dependency><groupId>dev.triptych</groupId>"
                                + "<artifactId>triptych-shared-limits</artifactId></dependency>"));
    }
}
