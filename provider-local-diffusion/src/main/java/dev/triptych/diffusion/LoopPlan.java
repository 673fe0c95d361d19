package dev.triptych.diffusion;

import dev.triptych.diffusion.scheduler.Scheduler;
import dev.triptych.diffusion.scheduler.SchedulerConfig;
import dev.triptych.diffusion.scheduler.Schedulers;
import dev.triptych.diffusion.scheduler.StepArguments;
import java.util.OptionalDouble;

/**
 * A denoising loop as it was planned: which scheduler, which of its calls. Immutable; each picture gets a scheduler of
 * its own.
 *
 * @param config class and configuration of the scheduler
 * @param steps denoising steps asked for, at least 1
 * @param plannedStrength how much of the noise the scheduler plans its steps for; 1 = all, as most do
 * @param arguments what the scheduler is told at each step
 * @param firstCall the first call that is made
 * @param endCall the first call that is not made any more
 * @param addsNoise whether an input picture gets the noise of the first call; not where it has that already
 */
record LoopPlan(
        SchedulerConfig config,
        int steps,
        double plannedStrength,
        StepArguments arguments,
        int firstCall,
        int endCall,
        boolean addsNoise) {

    /**
     * Where a loop begins and ends.
     *
     * @param strength of an input picture: 1 = from its beginning
     * @param schedulerPlansStrength whether the scheduler plans all its steps within the strength
     * @param denoisingStart the part of the training steps that is over, in (0, 1); then strength does not count
     * @param denoisingEnd the part of the training steps that ends the loop, in (0, 1)
     */
    record Range(
            double strength,
            boolean schedulerPlansStrength,
            OptionalDouble denoisingStart,
            OptionalDouble denoisingEnd) {

        /** A whole loop. */
        static Range whole() {
            return new Range(1, false, OptionalDouble.empty(), OptionalDouble.empty());
        }
    }

    /**
     * Plans a loop.
     *
     * @throws IllegalArgumentException if the scheduler contradicts itself, or cannot take so many steps
     */
    static LoopPlan of(SchedulerConfig config, int steps, StepArguments arguments, Range range) {
        double planned = range.schedulerPlansStrength() ? range.strength() : 1;
        Scheduler scheduler = Schedulers.create(config, steps, planned, arguments);
        float[] timesteps = scheduler.timesteps();
        int first = range.schedulerPlansStrength() ? 0 : firstCall(steps, range.strength(), scheduler.order());
        if (range.denoisingStart().isPresent()) {
            first = firstBelow(cutoff(config, range.denoisingStart().getAsDouble()), timesteps, scheduler.order());
        }
        int end = timesteps.length;
        if (range.denoisingEnd().isPresent()) {
            double cutoff = cutoff(config, range.denoisingEnd().getAsDouble());
            end = first;
            while (end < timesteps.length && timesteps[end] >= cutoff) {
                end++;
            }
        }
        return new LoopPlan(
                config,
                steps,
                planned,
                arguments,
                first,
                end,
                range.denoisingStart().isEmpty());
    }

    /** A scheduler for one picture, which will begin at the first call. */
    Scheduler scheduler() {
        Scheduler scheduler = Schedulers.create(config, steps, plannedStrength, arguments);
        scheduler.begin(firstCall);
        return scheduler;
    }

    /** How many calls are made. */
    int calls() {
        return endCall - firstCall;
    }

    /** Where image-to-image enters the loop: {@code strength} 1 at the first call, less later. */
    private static int firstCall(int steps, double strength, int order) {
        int stepsToDo = Math.min((int) (steps * strength), steps);
        return (steps - stepsToDo) * order;
    }

    /**
     * The training step at which one model hands over to the next: {@code T − part · T}, rounded half to even as Python
     * does (diffusers 0.36, pipeline_stable_diffusion_xl.py, {@code denoising_end}).
     */
    private static double cutoff(SchedulerConfig config, double part) {
        int trained = config.trainSteps();
        return Math.rint(trained - part * trained);
    }

    /**
     * The first call whose timestep lies below {@code cutoff}, counted from the end as diffusers does; a scheduler of
     * two evaluations a step begins with the one that its step before ended with.
     */
    private static int firstBelow(double cutoff, float[] timesteps, int order) {
        int below = 0;
        for (float timestep : timesteps) {
            below += timestep < cutoff ? 1 : 0;
        }
        if (order == 2 && below % 2 == 0) {
            below++;
        }
        return Math.max(0, timesteps.length - below);
    }
}
