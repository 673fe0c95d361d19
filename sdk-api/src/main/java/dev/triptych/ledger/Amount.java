package dev.triptych.ledger;

import java.math.BigDecimal;

/**
 * A sum of money and a number of pictures.
 *
 * @param money in the budget's currency
 * @param pictures billed pictures
 */
public record Amount(BigDecimal money, int pictures) {

    /** Nothing. */
    public static final Amount ZERO = new Amount(BigDecimal.ZERO, 0);

    Amount plus(Amount other) {
        return new Amount(money.add(other.money), pictures + other.pictures);
    }

    Amount minus(Amount other) {
        return new Amount(money.subtract(other.money), pictures - other.pictures);
    }

    /** This amount with nothing below zero. */
    Amount positive() {
        return new Amount(money.max(BigDecimal.ZERO), Math.max(0, pictures));
    }

    boolean isZero() {
        return money.signum() == 0 && pictures == 0;
    }
}
