package dev.triptych.ledger;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Currency;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What billed calls may cost, over all who share the budget. Pictures of free generators never count.
 *
 * <pre>{@code
 * BudgetSettings settings = BudgetSettings.in(directory, "USD").withPerDay(BudgetLimits.money("5.00"));
 * }</pre>
 *
 * @param store what keeps the spendings
 * @param directory where they are kept, for {@link Store#DIRECTORY}; empty for the others
 * @param lease for how long a server holds what a call may cost that has not been sent; 1 s to 24 h, 15 minutes unless
 *     said otherwise. A call that waits longer for its turn is held anew before it is sent
 * @param currency ISO 4217 code of every sum here, such as {@code "USD"}
 * @param perCall the most that one request may cost, its retries and fallbacks included
 * @param perDay the most that one day may cost
 * @param perMonth the most that one month may cost
 * @param prices what one picture costs at most, by the generator's name, each from 0 to 10⁹; every billed generator
 *     needs one where a limit is in money
 * @param zone where days and months begin; UTC unless said otherwise
 */
public record BudgetSettings(
        Store store,
        Optional<Path> directory,
        Duration lease,
        String currency,
        BudgetLimits perCall,
        BudgetLimits perDay,
        BudgetLimits perMonth,
        Map<String, BigDecimal> prices,
        ZoneId zone) {

    /** What keeps spendings. */
    public enum Store {
        /** A folder that the processes of one machine share. */
        DIRECTORY,
        /** A PostgreSQL database that machines share. */
        JDBC,
        /** A Redis server that machines share. */
        REDIS
    }

    private static final Duration LEASE = Duration.ofMinutes(15);

    /**
     * @throws IllegalArgumentException if the currency is unknown, a price or the lease out of range, or the directory
     *     missing where it is needed or there where it is not
     */
    public BudgetSettings {
        prices = Map.copyOf(prices);
        if (directory.isPresent() != (store == Store.DIRECTORY)) {
            throw new IllegalArgumentException(
                    directory.isPresent()
                            ? "budget.directory must not be set beside budget.store but was"
                            : "budget.directory must be set but was not");
        }
        if (lease.compareTo(Duration.ofSeconds(1)) < 0 || lease.compareTo(Duration.ofHours(24)) > 0) {
            throw new IllegalArgumentException("budget.lease must be between 1s and 24h but was " + lease);
        }
        try {
            Currency.getInstance(currency);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "budget.currency must be an ISO 4217 code such as USD but was \"" + currency + "\"", e);
        }
        prices.forEach((generator, price) -> BudgetLimits.checkMoney("budget.prices." + generator, price));
    }

    /** A budget in {@code directory} that has no limit yet. */
    public static BudgetSettings in(Path directory, String currency) {
        return of(Store.DIRECTORY, Optional.of(directory), currency);
    }

    /**
     * A budget on a server that machines share, without a limit yet.
     *
     * @param store {@link Store#JDBC} or {@link Store#REDIS}
     */
    public static BudgetSettings on(Store store, String currency) {
        return of(store, Optional.empty(), currency);
    }

    private static BudgetSettings of(Store store, Optional<Path> directory, String currency) {
        return new BudgetSettings(
                store,
                directory,
                LEASE,
                currency,
                BudgetLimits.none(),
                BudgetLimits.none(),
                BudgetLimits.none(),
                Map.of(),
                ZoneOffset.UTC);
    }

    /** This budget with a limit for each call. */
    public BudgetSettings withPerCall(BudgetLimits value) {
        return new BudgetSettings(store, directory, lease, currency, value, perDay, perMonth, prices, zone);
    }

    /** This budget with a limit for each day. */
    public BudgetSettings withPerDay(BudgetLimits value) {
        return new BudgetSettings(store, directory, lease, currency, perCall, value, perMonth, prices, zone);
    }

    /** This budget with a limit for each month. */
    public BudgetSettings withPerMonth(BudgetLimits value) {
        return new BudgetSettings(store, directory, lease, currency, perCall, perDay, value, prices, zone);
    }

    /** This budget with what a picture costs at most, by the generator's name. */
    public BudgetSettings withPrices(Map<String, BigDecimal> value) {
        return new BudgetSettings(store, directory, lease, currency, perCall, perDay, perMonth, value, zone);
    }

    /** This budget with days and months of another place. */
    public BudgetSettings withZone(ZoneId value) {
        return new BudgetSettings(store, directory, lease, currency, perCall, perDay, perMonth, prices, value);
    }

    /** This budget with another time for which a server holds what has not been sent. */
    public BudgetSettings withLease(Duration value) {
        return new BudgetSettings(store, directory, value, currency, perCall, perDay, perMonth, prices, zone);
    }

    /** Whether any limit is in money, so that prices are needed. */
    boolean limitsMoney() {
        return Stream.of(perCall, perDay, perMonth)
                .anyMatch(limits -> limits.money().isPresent());
    }
}
