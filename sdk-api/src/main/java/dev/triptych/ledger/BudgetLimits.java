package dev.triptych.ledger;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The most that may be spent in one span of time, or on one call.
 *
 * @param money the sum, in the budget's currency; empty = no limit, 0 = nothing
 * @param pictures the number of billed pictures; empty = no limit, 0 = none
 */
public record BudgetLimits(Optional<BigDecimal> money, OptionalInt pictures) {

    /** @throws IllegalArgumentException if a limit is negative */
    public BudgetLimits {
        money.filter(sum -> sum.signum() < 0).ifPresent(sum -> {
            throw new IllegalArgumentException("money must be at least 0 but was " + sum.toPlainString());
        });
        if (pictures.isPresent() && pictures.getAsInt() < 0) {
            throw new IllegalArgumentException("pictures must be at least 0 but was " + pictures.getAsInt());
        }
    }

    /** No limit. */
    public static BudgetLimits none() {
        return new BudgetLimits(Optional.empty(), OptionalInt.empty());
    }

    /** A limit in money, such as {@code "5.00"}. */
    public static BudgetLimits money(String sum) {
        return new BudgetLimits(Optional.of(new BigDecimal(sum)), OptionalInt.empty());
    }

    /** A limit in pictures. */
    public static BudgetLimits pictures(int number) {
        return new BudgetLimits(Optional.empty(), OptionalInt.of(number));
    }
}
