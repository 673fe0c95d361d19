package dev.triptych.diffusion.engine;

/**
 * A network with finite weights gave a number that is not finite: either what it was fed was not, or the sum of
 * settings and weights is too much for 32 bits. Whoever knows the settings says which.
 */
public final class NotFiniteException extends RuntimeException {

    /** What was not finite. */
    NotFiniteException(String message) {
        super(message);
    }
}
