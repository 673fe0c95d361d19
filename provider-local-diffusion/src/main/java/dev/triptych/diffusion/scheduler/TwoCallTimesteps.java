package dev.triptych.diffusion.scheduler;

/** Timesteps of schedulers that call the U-Net twice a step, but once at the last: entry 2k starts step k. */
final class TwoCallTimesteps {

    private TwoCallTimesteps() {}

    /** Each step's second call happens at the time where the step ends. */
    static float[] atEnds(float[] timesteps) {
        float[] middles = new float[timesteps.length - 1];
        System.arraycopy(timesteps, 1, middles, 0, middles.length);
        return withMiddles(timesteps, middles);
    }

    /** Each step's second call happens at a time of its own. */
    static float[] withMiddles(float[] timesteps, float[] middles) {
        float[] calls = new float[2 * timesteps.length - 1];
        calls[0] = timesteps[0];
        for (int k = 1; k < timesteps.length; k++) {
            calls[2 * k - 1] = middles[k - 1];
            calls[2 * k] = timesteps[k];
        }
        return calls;
    }
}
