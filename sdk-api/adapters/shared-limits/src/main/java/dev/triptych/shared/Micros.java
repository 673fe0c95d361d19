package dev.triptych.shared;

import dev.triptych.ledger.Amount;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * An amount in whole numbers, as servers add them up.
 *
 * @param micros millionths of the currency
 * @param pictures billed pictures
 */
record Micros(long micros, long pictures) {

    /** Up to here a number in a script of Redis is exact: 2⁵³. */
    private static final long MOST = 1L << 53;

    /** {@code amount}, a part of a millionth rounded up: what is held is never less than what may be spent. */
    static Micros of(Amount amount) {
        return new Micros(of(amount.money()), amount.pictures());
    }

    static long of(BigDecimal money) {
        BigDecimal micros = money.movePointRight(6).setScale(0, RoundingMode.CEILING);
        if (micros.abs().compareTo(BigDecimal.valueOf(MOST)) > 0) {
            throw new IllegalArgumentException(
                    "money must be below 9000000000 in a budget that machines share but was " + money.toPlainString());
        }
        return micros.longValueExact();
    }

    Amount amount() {
        return new Amount(BigDecimal.valueOf(micros, 6).stripTrailingZeros(), Math.toIntExact(pictures));
    }

    Micros minus(Micros other) {
        return new Micros(micros - other.micros, pictures - other.pictures);
    }

    Micros max(Micros other) {
        return new Micros(Math.max(micros, other.micros), Math.max(pictures, other.pictures));
    }
}
