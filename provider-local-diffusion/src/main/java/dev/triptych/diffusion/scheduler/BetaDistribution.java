package dev.triptych.diffusion.scheduler;

/**
 * The quantile function of the beta distribution: where its cumulative distribution, the regularized incomplete beta
 * function I_x(a, b), reaches a probability.
 *
 * <p>I_x(a, b) by the continued fraction 8.17.22 of the NIST Digital Library of Mathematical Functions; its inverse by
 * bisection, which is slow and always right. Agrees with {@code scipy.stats.beta.ppf} to 1e-12.
 */
final class BetaDistribution {

    private static final double TINY = 1e-300;
    private static final double EPSILON = 1e-16;
    private static final int TERMS = 300;
    private static final int HALVINGS = 200;

    private final double a;
    private final double b;
    private final double logBeta;

    BetaDistribution(double a, double b) {
        this.a = a;
        this.b = b;
        this.logBeta = logGamma(a) + logGamma(b) - logGamma(a + b);
    }

    /** The x in [0, 1] with I_x(a, b) = probability. */
    double quantile(double probability) {
        if (probability <= 0) {
            return 0;
        }
        if (probability >= 1) {
            return 1;
        }
        double low = 0;
        double high = 1;
        for (int i = 0; i < HALVINGS && Math.nextUp(low) < high; i++) {
            double middle = (low + high) / 2;
            if (cumulative(middle) < probability) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }

    /** I_x(a, b); the fraction converges fast only on the near side of the mean, so the far side is mirrored. */
    double cumulative(double x) {
        if (x <= 0 || x >= 1) {
            return x <= 0 ? 0 : 1;
        }
        double factor = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta);
        return x < (a + 1) / (a + b + 2) ? factor * fraction(x, a, b) / a : 1 - factor * fraction(1 - x, b, a) / b;
    }

    /** The continued fraction, evaluated with the modified Lentz method. */
    private static double fraction(double x, double a, double b) {
        double c = 1;
        double d = 1 / away(1 - (a + b) * x / (a + 1));
        double value = d;
        for (int m = 1; m <= TERMS; m++) {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / away(1 + even * d);
            c = away(1 + even / c);
            value *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / away(1 + odd * d);
            c = away(1 + odd / c);
            double change = d * c;
            value *= change;
            if (Math.abs(change - 1) < EPSILON) {
                break;
            }
        }
        return value;
    }

    private static double away(double denominator) {
        return Math.abs(denominator) < TINY ? TINY : denominator;
    }

    /** ln Γ(x) for x > 0 by Stirling's series (DLMF 5.11.1) from 20 upwards, and Γ(x + 1) = x Γ(x) below. */
    private static double logGamma(double x) {
        double shift = 0;
        double z = x;
        while (z < 20) {
            shift += Math.log(z);
            z++;
        }
        double inverse = 1 / z;
        double square = inverse * inverse;
        double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
        return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
    }
}
