package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;

/** What all schedulers share: their timesteps, and that the calls of a loop come in order. */
abstract class SteppedScheduler implements Scheduler {

    private final float[] timesteps;
    private int nextCall;

    SteppedScheduler(float[] timesteps) {
        this.timesteps = timesteps;
    }

    @Override
    public final float[] timesteps() {
        return timesteps;
    }

    @Override
    public int order() {
        return 1;
    }

    @Override
    public float initNoiseSigma() {
        return 1;
    }

    @Override
    public final void begin(int callIndex) {
        if (callIndex < 0 || callIndex >= timesteps.length) {
            throw new IllegalArgumentException(
                    "a loop must begin at a call from 0 to " + (timesteps.length - 1) + " but was " + callIndex);
        }
        nextCall = callIndex;
    }

    @Override
    public float[] scaleModelInput(float[] sample, int callIndex) {
        return sample;
    }

    @Override
    public final float[] step(float[] noisePrediction, int callIndex, float[] sample, NormalSource noise) {
        if (callIndex != nextCall || callIndex >= timesteps.length) {
            throw new IllegalStateException(
                    "the next call must be " + nextCall + " of " + timesteps.length + " but was " + callIndex);
        }
        nextCall++;
        return next(noisePrediction, callIndex, sample, noise);
    }

    /** The step itself. */
    abstract float[] next(float[] prediction, int call, float[] sample, NormalSource noise);

    final boolean isLast(int call) {
        return call == timesteps.length - 1;
    }
}
