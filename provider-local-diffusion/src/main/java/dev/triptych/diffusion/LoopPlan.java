package dev.triptych.diffusion;

import dev.triptych.diffusion.scheduler.FlowTimes;
import dev.triptych.diffusion.scheduler.LoopPart;
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
 * @param steps denoising steps that the scheduler plans, at least 1
 * @param plannedStrength how much of the noise the scheduler plans its steps for; 1 = all, as most do
 * @param arguments what the scheduler is told at each step
 * @param times what the scheduler is told about its times
 * @param firstCall the first call that is made
 * @param endCall the first call that is not made any more
 * @param addsNoise whether an input picture gets the noise of the first call; not where it has that already
 */
record LoopPlan(
        SchedulerConfig config,
        int steps,
        double plannedStrength,
        StepArguments arguments,
        FlowTimes times,
        int firstCall,
        int endCall,
        boolean addsNoise) {

    /**
     * Where a loop begins and ends.
     *
     * @param strength of an input picture: 1 = from its beginning
     * @param schedulerPlansStrength whether the scheduler plans all its steps within the strength
     * @param makesBegunSteps whether the step is made that the strength reaches the middle of
     * @param denoisingStart the part of the training steps that is over, in (0, 1); then strength does not count
     * @param denoisingEnd the part of the training steps that ends the loop, in (0, 1)
     * @param rule how a strength is counted in steps
     */
    record Range(
            double strength,
            boolean schedulerPlansStrength,
            boolean makesBegunSteps,
            OptionalDouble denoisingStart,
            OptionalDouble denoisingEnd,
            StrengthRule rule) {

        /** The range of a loop that begins behind the step in which its strength ends. */
        Range(
                double strength,
                boolean schedulerPlansStrength,
                OptionalDouble denoisingStart,
                OptionalDouble denoisingEnd) {
            this(strength, schedulerPlansStrength, false, denoisingStart, denoisingEnd, StrengthRule.DIFFUSERS);
        }
    }

    /**
     * Plans a loop.
     *
     * @throws IllegalArgumentException if the scheduler contradicts itself, or cannot take so many steps
     */
    static LoopPlan of(SchedulerConfig config, int steps, StepArguments arguments, Range range) {
        return of(config, steps, arguments, range, FlowTimes.ofScheduler());
    }

    /** The same where the scheduler is told about its times. */
    static LoopPlan of(SchedulerConfig config, int asked, StepArguments arguments, Range range, FlowTimes times) {
        boolean goesOn = range.denoisingStart().isPresent();
        boolean byStrength = !goesOn && !range.schedulerPlansStrength();
        int steps = byStrength ? range.rule().planned(asked, range.strength()) : asked;
        double planned = range.schedulerPlansStrength() ? range.strength() : 1;
        Scheduler scheduler = Schedulers.create(config, steps, planned, times, arguments);
        LoopPart part = LoopPart.between(
                scheduler,
                config,
                range.denoisingStart().orElse(0),
                range.denoisingEnd().orElse(1));
        int first = byStrength ? firstCall(asked, range, scheduler.order()) : part.first();
        return new LoopPlan(config, steps, planned, arguments, times, first, Math.max(first, part.end()), !goesOn);
    }

    /** A scheduler for one picture, which will begin at the first call. */
    Scheduler scheduler() {
        Scheduler scheduler = Schedulers.create(config, steps, plannedStrength, times, arguments);
        scheduler.begin(firstCall);
        return scheduler;
    }

    /**
     * How much of its noise each call leaves, in [0, 1).
     *
     * @throws IllegalArgumentException if the scheduler's steps are not linear in one prediction
     */
    float[] noiseLeft() {
        Scheduler scheduler = Schedulers.create(config, steps, plannedStrength, times, arguments);
        float[] left = new float[scheduler.timesteps().length];
        for (int call = firstCall; call < left.length; call++) {
            left[call] = (float) scheduler
                    .noiseLeft(call)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "must be with a scheduler whose step is a line (euler, euler a, ddim without eta) but was with "
                                    + config.className()));
        }
        return left;
    }

    /**
     * The last {@code steps} steps of a loop of the same scheduler that is planned for {@code planned}: for a picture
     * that is there and gets the noise of the first of them.
     *
     * @param otherTimes what the scheduler is told about its times: the picture may have another size
     * @throws IllegalArgumentException if the scheduler cannot take so many steps
     */
    LoopPlan last(int steps, int planned, FlowTimes otherTimes) {
        Scheduler scheduler = Schedulers.create(config, planned, 1, otherTimes, arguments);
        int first = (planned - steps) * scheduler.order();
        return new LoopPlan(config, planned, 1, arguments, otherTimes, first, scheduler.timesteps().length, true);
    }

    /** How many calls are made. */
    int calls() {
        return endCall - firstCall;
    }

    /** Where image-to-image enters the loop: {@code strength} 1 at the first call, less later. */
    private static int firstCall(int steps, Range range, int order) {
        boolean begun = range.makesBegunSteps() && range.rule() == StrengthRule.DIFFUSERS;
        double wanted = Math.min(steps * range.strength(), steps);
        return (begun ? (int) (steps - wanted) : range.rule().skipped(steps, range.strength())) * order;
    }
}
