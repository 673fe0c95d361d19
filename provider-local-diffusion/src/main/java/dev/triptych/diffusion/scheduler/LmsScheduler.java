package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;

/**
 * Linear multistep in σ: Adams–Bashforth with uneven steps, {@code sample_lms} of k-diffusion. The derivatives of the
 * last calls are interpolated by Lagrange's polynomial, and that is integrated from σ to the next σ.
 *
 * <p>Reference: diffusers 0.36, scheduling_lms_discrete.py, which integrates numerically; here the polynomial is
 * integrated exactly.
 */
final class LmsScheduler extends SigmaScheduler {

    private final int maxOrder;
    private final Deque<float[]> derivatives = new ArrayDeque<>();

    LmsScheduler(SchedulerConfig config, int steps, StepArguments arguments) {
        this(config, SigmaLoop.of(config, steps), arguments);
    }

    private LmsScheduler(SchedulerConfig config, SigmaLoop loop, StepArguments arguments) {
        super(
                config,
                loop,
                loop.timesteps(),
                EnumSet.of(PredictionType.EPSILON, PredictionType.V_PREDICTION, PredictionType.SAMPLE));
        this.maxOrder = arguments.lmsOrder();
    }

    @Override
    float inputSigma(int call) {
        return sigma(call);
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float sigma = sigma(call);
        derivatives.addFirst(derivative(sample, image(output, sigma, sample), sigma));
        if (derivatives.size() > maxOrder) {
            derivatives.removeLast();
        }
        int order = Math.min(call + 1, maxOrder);
        float[] previous = sample;
        int back = 0;
        for (float[] derivative : derivatives) {
            if (back < order) {
                previous = WeightedSum.of(1, previous, (float) coefficient(order, call, back), derivative);
            }
            back++;
        }
        return previous;
    }

    /** ∫ Π_{k≠back} (τ − σ_{call−k}) / (σ_{call−back} − σ_{call−k}) dτ from σ_call to σ_{call+1}. */
    private double coefficient(int order, int call, int back) {
        double[] polynomial = {1};
        double denominator = 1;
        for (int k = 0; k < order; k++) {
            if (k != back) {
                // In τ' = τ − σ_call, so that the powers stay small.
                polynomial = timesRoot(polynomial, (double) sigma(call - k) - sigma(call));
                denominator *= (double) sigma(call - back) - sigma(call - k);
            }
        }
        double width = (double) sigma(call + 1) - sigma(call);
        double integral = 0;
        for (int power = polynomial.length - 1; power >= 0; power--) {
            integral = (integral + polynomial[power] / (power + 1)) * width;
        }
        return integral / denominator;
    }

    /** The coefficients of p(τ) · (τ − root), lowest power first. */
    private static double[] timesRoot(double[] polynomial, double root) {
        double[] product = new double[polynomial.length + 1];
        for (int i = 0; i < polynomial.length; i++) {
            product[i] -= root * polynomial[i];
            product[i + 1] += polynomial[i];
        }
        return product;
    }
}
