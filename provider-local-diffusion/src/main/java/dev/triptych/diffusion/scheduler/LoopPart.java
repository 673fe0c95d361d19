package dev.triptych.diffusion.scheduler;

/**
 * The part of a loop that one model runs where two share it, as a base and its refiner do: calls {@code first} up to,
 * but not, {@code end} of the scheduler's timesteps.
 *
 * <p>Reference: diffusers 0.36, pipelines/stable_diffusion_xl: {@code denoising_end} in the {@code __call__} of
 * pipeline_stable_diffusion_xl.py, {@code denoising_start} in {@code get_timesteps} of
 * pipeline_stable_diffusion_xl_img2img.py. Both cut the training time, not the number of steps, and both round half to
 * even. The two parts of one loop may share a call, where a scheduler takes two for a step.
 *
 * @param first the first call, 0 or more
 * @param end where it ends; equal to {@code first} where nothing is run
 */
public record LoopPart(int first, int end) {

    /**
     * Checks the order.
     *
     * @throws IllegalArgumentException if the part begins before call 0 or ends before it begins
     */
    public LoopPart {
        if (first < 0 || end < first) {
            throw new IllegalArgumentException(
                    "a part of a loop must begin at 0 or later and not end before but was " + first + " to " + end);
        }
    }

    /** All calls of a loop. */
    public static LoopPart whole(Scheduler scheduler) {
        return new LoopPart(0, scheduler.timesteps().length);
    }

    /**
     * The calls between two moments of the way from noise to picture.
     *
     * @param config the configuration that {@code scheduler} was made from
     * @param start how much of the way others have gone, 0 up to, but not, {@code end}; 0 = none
     * @param end how much of the way is gone when this part is over, at most 1; 1 = all
     * @throws IllegalArgumentException if they are out of range, or the scheduler does not count in training time
     */
    public static LoopPart between(Scheduler scheduler, SchedulerConfig config, double start, double end) {
        if (!(start >= 0 && start < end && end <= 1)) {
            throw new IllegalArgumentException(
                    "the part of a loop must begin at 0 or later, end at 1 or earlier and begin before it ends but was "
                            + start + " to " + end);
        }
        if (start == 0 && end == 1) {
            return whole(scheduler);
        }
        if (!config.countsTrainingTime()) {
            throw new IllegalArgumentException("a loop can be shared where timesteps are moments of the training but "
                    + config.className() + " has ¼ ln σ in their place");
        }
        float[] timesteps = scheduler.timesteps();
        int trainSteps = config.integer(ConfigKey.NUM_TRAIN_TIMESTEPS);
        int first = start == 0 ? 0 : first(timesteps, scheduler.order(), cutoff(trainSteps, start));
        return new LoopPart(first, end == 1 ? timesteps.length : end(timesteps, first, cutoff(trainSteps, end)));
    }

    private static double cutoff(int trainSteps, double moment) {
        return Math.rint(trainSteps - moment * trainSteps);
    }

    /** As many calls from the end as have timesteps below the cutoff; where a step takes two, an odd number of them. */
    private static int first(float[] timesteps, int order, double cutoff) {
        int below = 0;
        for (float timestep : timesteps) {
            below += timestep < cutoff ? 1 : 0;
        }
        boolean wouldSplitAStep = order == 2 && below % 2 == 0;
        return Math.max(0, timesteps.length - below - (wouldSplitAStep ? 1 : 0));
    }

    private static int end(float[] timesteps, int first, double cutoff) {
        int end = first;
        for (int call = first; call < timesteps.length; call++) {
            end += timesteps[call] >= cutoff ? 1 : 0;
        }
        return end;
    }

    /** How many calls it has. */
    public int calls() {
        return end - first;
    }
}
