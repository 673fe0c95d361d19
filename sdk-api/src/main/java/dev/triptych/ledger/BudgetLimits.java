package dev.triptych.ledger;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The most that may be spent in one span of time, or on one call.
 *
 * @param money the sum, in the budget's currency, from 0 to 10⁹; empty = no limit, 0 = nothing
 * @param pictures the number of billed pictures, from 0 to 10⁹; empty = no limit, 0 = none
 */
public record BudgetLimits(Optional<BigDecimal> money, OptionalInt pictures) {

    private static final BigDecimal MOST_MONEY = BigDecimal.TEN.pow(9);
    private static final int MOST_PICTURES = 1_000_000_000;

    /** @throws IllegalArgumentException if a limit is negative or above 10⁹ */
    public BudgetLimits {
        money.ifPresent(sum -> checkMoney("money", sum));
        if (pictures.isPresent() && (pictures.getAsInt() < 0 || pictures.getAsInt() > MOST_PICTURES)) {
            throw new IllegalArgumentException(
                    "pictures must be between 0 and " + MOST_PICTURES + " but was " + pictures.getAsInt());
        }
    }

    static void checkMoney(String what, BigDecimal sum) {
        if (sum.signum() < 0 || sum.compareTo(MOST_MONEY) > 0) {
            throw new IllegalArgumentException(what + " must be between 0 and " + MOST_MONEY + " but was " + sum);
        }
    }

    /** Whether {@code more} has room beside {@code spent}. */
    public boolean allow(Amount spent, Amount more) {
        Amount all = spent.plus(more);
        return money.filter(limit -> all.money().compareTo(limit) > 0).isEmpty()
                && (pictures.isEmpty() || all.pictures() <= pictures.getAsInt());
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
