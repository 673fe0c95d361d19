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

    /** The sum of the two. */
    public Amount plus(Amount other) {
        return new Amount(money.add(other.money), pictures + other.pictures);
    }

    /** What is left of this; it may be below zero. */
    public Amount minus(Amount other) {
        return new Amount(money.subtract(other.money), pictures - other.pictures);
    }

    /** This amount with nothing below zero. */
    public Amount positive() {
        return new Amount(money.max(BigDecimal.ZERO), Math.max(0, pictures));
    }

    /** At least as much as either, in money and in pictures. */
    public Amount max(Amount other) {
        return new Amount(money.max(other.money), Math.max(pictures, other.pictures));
    }

    /** Whether this is nothing. */
    public boolean isZero() {
        return money.signum() == 0 && pictures == 0;
    }
}
