package dev.triptych.diffusion.scheduler;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What a caller may say about each step beyond the scheduler's configuration. A scheduler reads only what its rule
 * knows.
 *
 * @param eta how much fresh noise a step adds, 0 to 1: DDIM's η (empty: 0) and TCD's γ (empty: 0.3)
 * @param sChurn Euler's churn: how much noise is added over all steps, 0 or more
 * @param sTmin the smallest σ at which Euler churns
 * @param sTmax the largest σ at which Euler churns
 * @param sNoise the standard deviation of the churned noise
 * @param lmsOrder how many derivatives LMS looks back at, 1 or more
 */
public record StepArguments(
        OptionalDouble eta, double sChurn, double sTmin, double sTmax, double sNoise, int lmsOrder) {

    /** The defaults of diffusers' {@code step} methods. */
    public static final StepArguments DEFAULTS =
            new StepArguments(OptionalDouble.empty(), 0, 0, Double.POSITIVE_INFINITY, 1, 4);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a number is outside its range
     */
    public StepArguments {
        double stated = eta.orElse(0);
        if (!(stated >= 0 && stated <= 1)) {
            throw new IllegalArgumentException("eta must be between 0 and 1 but was " + stated);
        }
        if (!(sChurn >= 0)) {
            throw new IllegalArgumentException("sChurn must be 0 or more but was " + sChurn);
        }
        if (lmsOrder < 1) {
            throw new IllegalArgumentException("lmsOrder must be 1 or more but was " + lmsOrder);
        }
    }

    /** Which of the four that churn were stated, by diffusers' names. */
    List<String> statedOfChurn() {
        List<String> stated = new ArrayList<>();
        if (sChurn != DEFAULTS.sChurn) {
            stated.add("s_churn");
        }
        if (sTmin != DEFAULTS.sTmin) {
            stated.add("s_tmin");
        }
        if (sTmax != DEFAULTS.sTmax) {
            stated.add("s_tmax");
        }
        if (sNoise != DEFAULTS.sNoise) {
            stated.add("s_noise");
        }
        return stated;
    }

    /** The same with another η. */
    public StepArguments withEta(double value) {
        return new StepArguments(OptionalDouble.of(value), sChurn, sTmin, sTmax, sNoise, lmsOrder);
    }

    /** The same with another churn. */
    public StepArguments withChurn(double churn, double tMin, double tMax, double noise) {
        return new StepArguments(eta, churn, tMin, tMax, noise, lmsOrder);
    }
}
