package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.EnumSet;

/**
 * DPM-Solver-2 in σ: Lu et al., "DPM-Solver" (2022), algorithm 1, as Karras et al. (2022) write it and k-diffusion's
 * {@code sample_dpm_2} has it; and its ancestral sibling. The first call of a step goes to the geometric mean of both
 * σ, the second repeats the step with the derivative found there.
 *
 * <p>Reference: diffusers 0.36, scheduling_k_dpm_2_discrete.py and scheduling_k_dpm_2_ancestral_discrete.py. The
 * ancestral one draws noise at each second call, so not at the last step.
 */
final class Kdpm2Scheduler extends SigmaScheduler {

    private final boolean ancestral;
    private final float[] middleSigmas;
    private boolean halfWay;
    private float[] startSample = {};

    static Kdpm2Scheduler of(SchedulerConfig config, int steps, boolean ancestral) {
        SigmaLoop loop = SigmaLoop.withWholeKarrasTimesteps(config, steps);
        return new Kdpm2Scheduler(config, loop, middleSigmas(loop, ancestral), ancestral);
    }

    private Kdpm2Scheduler(SchedulerConfig config, SigmaLoop loop, float[] middleSigmas, boolean ancestral) {
        super(
                config,
                loop,
                TwoCallTimesteps.withMiddles(loop.timesteps(), timesOf(middleSigmas, loop.table())),
                EnumSet.of(PredictionType.EPSILON, PredictionType.V_PREDICTION));
        this.ancestral = ancestral;
        this.middleSigmas = middleSigmas;
    }

    /**
     * √(σ σ₊) for each step that has two calls, in logarithms as the reference; σ₊ is the ancestral step's lower end.
     */
    private static float[] middleSigmas(SigmaLoop loop, boolean ancestral) {
        float[] sigmas = loop.sigmas();
        float[] middles = new float[sigmas.length - 2];
        for (int k = 0; k < middles.length; k++) {
            float end = ancestral ? AncestralSplit.of(sigmas[k], sigmas[k + 1]).down() : sigmas[k + 1];
            float fromLog = (float) Math.log(sigmas[k]);
            float toLog = (float) Math.log(end);
            middles[k] = (float) Math.exp(toLog - (toLog - fromLog) * 0.5f);
        }
        return middles;
    }

    private static float[] timesOf(float[] sigmas, SigmaTable table) {
        float[] times = new float[sigmas.length];
        for (int i = 0; i < times.length; i++) {
            times[i] = table.timeOf(sigmas[i]);
        }
        return times;
    }

    @Override
    public int order() {
        return 2;
    }

    @Override
    float inputSigma(int call) {
        return call % 2 == 0 ? sigma(call / 2) : middleSigmas[call / 2];
    }

    @Override
    float noiseSigma(int call) {
        return sigma((call + 1) / 2);
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        int step = call / 2;
        float sigma = sigma(step);
        float inputSigma = inputSigma(call);
        float[] derivative = derivative(sample, image(output, inputSigma, sample), inputSigma);
        if (!halfWay) {
            halfWay = true;
            startSample = sample;
            float middle = isLast(call) ? 0 : middleSigmas[step];
            return WeightedSum.of(1, sample, middle - sigma, derivative);
        }
        halfWay = false;
        if (!ancestral) {
            return WeightedSum.of(1, startSample, sigma(step + 1) - sigma, derivative);
        }
        AncestralSplit split = AncestralSplit.of(sigma, sigma(step + 1));
        return WeightedSum.of(1, startSample, split.down() - sigma, derivative, split.up(), normal.next(sample.length));
    }
}
