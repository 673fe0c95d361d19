package dev.triptych.ledger;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Currency;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What billed calls may cost, over all processes that share {@code directory}. Pictures of free generators never count.
 *
 * @param directory where the spendings are kept
 * @param currency ISO 4217 code of every sum here, such as {@code "USD"}
 * @param perCall the most that one request may cost, its retries and fallbacks included
 * @param perDay the most that one day may cost
 * @param perMonth the most that one month may cost
 * @param prices what one picture costs at most, by the generator's name; every billed generator needs one where a limit
 *     is in money
 * @param zone where days and months begin; UTC unless said otherwise
 */
public record BudgetSettings(
        Path directory,
        String currency,
        BudgetLimits perCall,
        BudgetLimits perDay,
        BudgetLimits perMonth,
        Map<String, BigDecimal> prices,
        ZoneId zone) {

    /** @throws IllegalArgumentException if the currency is unknown or a price negative */
    public BudgetSettings {
        prices = Map.copyOf(prices);
        try {
            Currency.getInstance(currency);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "budget.currency must be an ISO 4217 code such as USD but was \"" + currency + "\"", e);
        }
        prices.forEach((generator, price) -> {
            if (price.signum() < 0) {
                throw new IllegalArgumentException(
                        "budget.prices." + generator + " must be at least 0 but was " + price.toPlainString());
            }
        });
    }

    /** A budget in {@code directory} that has no limit yet. */
    public static BudgetSettings in(Path directory, String currency) {
        return new BudgetSettings(
                directory,
                currency,
                BudgetLimits.none(),
                BudgetLimits.none(),
                BudgetLimits.none(),
                Map.of(),
                ZoneOffset.UTC);
    }

    /** This budget with a limit for each call. */
    public BudgetSettings withPerCall(BudgetLimits value) {
        return new BudgetSettings(directory, currency, value, perDay, perMonth, prices, zone);
    }

    /** This budget with a limit for each day. */
    public BudgetSettings withPerDay(BudgetLimits value) {
        return new BudgetSettings(directory, currency, perCall, value, perMonth, prices, zone);
    }

    /** This budget with a limit for each month. */
    public BudgetSettings withPerMonth(BudgetLimits value) {
        return new BudgetSettings(directory, currency, perCall, perDay, value, prices, zone);
    }

    /** This budget with what a picture costs at most, by the generator's name. */
    public BudgetSettings withPrices(Map<String, BigDecimal> value) {
        return new BudgetSettings(directory, currency, perCall, perDay, perMonth, value, zone);
    }

    /** This budget with days and months of another place. */
    public BudgetSettings withZone(ZoneId value) {
        return new BudgetSettings(directory, currency, perCall, perDay, perMonth, prices, value);
    }

    /** Whether any limit is in money, so that prices are needed. */
    boolean limitsMoney() {
        return Stream.of(perCall, perDay, perMonth)
                .anyMatch(limits -> limits.money().isPresent());
    }
}
