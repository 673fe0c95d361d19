package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.stream.IntStream;

/**
 * PNDM: Liu et al., "Pseudo Numerical Methods for Diffusion Models on Manifolds" (2022), equations 9 to 13; with
 * {@code skip_prk_steps} it is the PLMS that Stable Diffusion 1 shipped with.
 *
 * <p>Reference: diffusers 0.36, scheduling_pndm.py. PLMS calls the U-Net once more than there are steps: the second
 * timestep is visited twice, and the second visit repeats the first step with the mean of both predictions.
 */
final class PndmScheduler extends AlphaScheduler {

    /** Runge–Kutta steps come in groups of four calls; the multistep rule looks back at four predictions. */
    private static final int ORDER = 4;

    private final int stride;
    private final int[] rungeKutta;
    private final Deque<float[]> predictions = new ArrayDeque<>();
    private int counter;
    private float[] startSample = {};
    private float[] gathered = {};

    PndmScheduler(SchedulerConfig config, int steps) {
        this(config, steps, rungeKuttaTimesteps(config, steps));
    }

    private PndmScheduler(SchedulerConfig config, int steps, int[] rungeKutta) {
        super(
                config,
                timesteps(config, steps, rungeKutta),
                EnumSet.of(PredictionType.EPSILON, PredictionType.V_PREDICTION));
        this.stride = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS) / steps;
        this.rungeKutta = rungeKutta;
    }

    /**
     * Of the four noisiest steps t, t', …: t, t−h, t−h, t', t', t'−h, t'−h, … with h half a step; three groups of four.
     */
    private static int[] rungeKuttaTimesteps(SchedulerConfig config, int steps) {
        if (config.flag(ConfigKey.SKIP_PRK_STEPS)) {
            return new int[0];
        }
        if (steps < ORDER) {
            throw new IllegalArgumentException("PNDMScheduler without skip_prk_steps needs at least " + ORDER
                    + " steps but was asked for " + steps);
        }
        int half = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS) / steps / 2;
        int[] descending = TimestepSpacing.of(config).whole(steps);
        int[] halves = new int[2 * ORDER];
        for (int i = 0; i < ORDER; i++) {
            int timestep = descending[ORDER - 1 - i];
            halves[2 * i] = timestep;
            halves[2 * i + 1] = timestep + half;
        }
        int[] doubled = IntStream.range(0, 2 * halves.length - 2)
                .map(i -> halves[i / 2])
                .toArray();
        return IntStream.range(1, doubled.length - 1)
                .map(i -> doubled[doubled.length - 1 - i])
                .toArray();
    }

    private static int[] timesteps(SchedulerConfig config, int steps, int[] rungeKutta) {
        int[] descending = TimestepSpacing.of(config).whole(steps);
        IntStream multistep = rungeKutta.length > 0
                ? IntStream.of(descending).skip(ORDER - 1)
                : IntStream.concat(
                        IntStream.of(descending).limit(2),
                        IntStream.of(descending).skip(1));
        return IntStream.concat(IntStream.of(rungeKutta), multistep).toArray();
    }

    @Override
    float[] next(float[] output, int call, float[] sample, NormalSource normal) {
        float[] previous = counter < rungeKutta.length
                ? rungeKuttaStep(output, timestep(call), sample)
                : multistep(output, timestep(call), sample);
        counter++;
        return previous;
    }

    /** One of the four calls of a pseudo Runge–Kutta step: equation 13. */
    private float[] rungeKuttaStep(float[] output, int visited, float[] sample) {
        int phase = counter % ORDER;
        int previous = visited - (phase % 2 == 0 ? stride / 2 : 0);
        int timestep = rungeKutta[counter - phase];
        float[] direction = output;
        if (phase == 0) {
            gathered = WeightedSum.scaled(output, 1 / 6f);
            predictions.addFirst(output);
            startSample = sample;
        } else if (phase < ORDER - 1) {
            gathered = WeightedSum.of(1, gathered, 1 / 3f, output);
        } else {
            direction = WeightedSum.of(1, gathered, 1 / 6f, output);
        }
        return transfer(startSample, timestep, previous, direction);
    }

    /** A pseudo linear multistep: equation 12, with fewer predictions at the start. */
    private float[] multistep(float[] output, int visited, float[] sample) {
        int timestep = visited;
        int previous = visited - stride;
        float[] from = sample;
        float[] direction;
        if (counter == 1) {
            previous = visited;
            timestep = visited + stride;
            from = startSample;
            direction = WeightedSum.of(0.5f, output, 0.5f, predictions.getFirst());
        } else {
            remember(output);
            startSample = sample;
            direction = combined();
        }
        return transfer(from, timestep, previous, direction);
    }

    private void remember(float[] output) {
        if (predictions.size() == ORDER) {
            predictions.removeLast();
        }
        predictions.addFirst(output);
    }

    /** The Adams–Bashforth combination of the predictions there are, newest first. */
    private float[] combined() {
        Iterator<float[]> newest = predictions.iterator();
        float[] e0 = newest.next();
        return switch (predictions.size()) {
            case 1 -> e0;
            case 2 -> WeightedSum.of(3 / 2f, e0, -1 / 2f, newest.next());
            case 3 -> WeightedSum.of(23 / 12f, e0, -16 / 12f, newest.next(), 5 / 12f, newest.next());
            default ->
                WeightedSum.of(
                        55 / 24f, e0, -59 / 24f, newest.next(), 37 / 24f, newest.next(), -9 / 24f, newest.next());
        };
    }

    /** φ: equation 11, the exact transfer along one predicted noise. */
    private float[] transfer(float[] sample, int timestep, int previous, float[] direction) {
        float alphaProd = alphaProd(timestep);
        float alphaProdPrevious = alphaProdOrFinal(previous);
        float[] epsilon = noise(direction, alphaProd, sample, sample);
        float denominator =
                alphaProd * sqrt(1 - alphaProdPrevious) + sqrt(alphaProd * (1 - alphaProd) * alphaProdPrevious);
        float weight = (alphaProdPrevious - alphaProd) / denominator;
        return WeightedSum.of(sqrt(alphaProdPrevious / alphaProd), sample, -weight, epsilon);
    }
}
