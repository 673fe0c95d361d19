package dev.triptych.diffusion.scheduler;

/**
 * The timesteps of distilled models (LCM, TCD): picked from the coarse row the distillation was trained on.
 *
 * <p>Reference: diffusers 0.36, scheduling_lcm.py, {@code set_timesteps}.
 */
final class ConsistencyTimesteps {

    private ConsistencyTimesteps() {}

    /**
     * The descending timesteps.
     *
     * @param strength how much of the row counts from its clean end, above 0 to 1
     */
    static int[] of(SchedulerConfig config, int steps, double strength) {
        int trainSteps = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS);
        int original = config.integer(ConfigKey.ORIGINAL_INFERENCE_STEPS);
        if (original < 1 || original > trainSteps) {
            throw new IllegalArgumentException(
                    "original_inference_steps must be between 1 and " + trainSteps + " but was " + original);
        }
        int available = (int) (original * strength);
        if (steps > available) {
            throw new IllegalArgumentException("steps of " + config.className() + " must be at most " + available
                    + " (original_inference_steps " + original + " × strength " + strength + ") but was " + steps);
        }
        int stride = trainSteps / original;
        double spacing = (double) available / steps;
        int[] timesteps = new int[steps];
        for (int i = 0; i < steps; i++) {
            int index = (int) Math.floor(i * spacing);
            timesteps[i] = (available - index) * stride - 1;
        }
        return timesteps;
    }
}
