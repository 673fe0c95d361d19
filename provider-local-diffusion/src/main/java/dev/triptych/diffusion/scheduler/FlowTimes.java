package dev.triptych.diffusion.scheduler;

import java.util.OptionalDouble;

/**
 * What the pipeline of a rectified-flow model tells its scheduler about the times of a loop, beyond their number:
 * {@code sigmas} and {@code mu} of diffusers' {@code set_timesteps}.
 *
 * @param even whether the pipeline states σ itself, evenly from 1 down to 1/steps; else the scheduler does
 * @param mu how far a picture of this size moves the times towards noise, {@link FlowShift}; read by schedulers with
 *     {@code use_dynamic_shifting}
 */
public record FlowTimes(boolean even, OptionalDouble mu) {

    private static final FlowTimes OF_SCHEDULER = new FlowTimes(false, OptionalDouble.empty());

    /** Nothing: the scheduler's own times. */
    public static FlowTimes ofScheduler() {
        return OF_SCHEDULER;
    }

    /** The scheduler's own times, shifted for the picture's size where it does that. */
    public static FlowTimes ofScheduler(double mu) {
        return new FlowTimes(false, OptionalDouble.of(mu));
    }

    /** σ evenly from 1 down to 1/steps, shifted for the picture's size where the scheduler does that. */
    public static FlowTimes even(double mu) {
        return new FlowTimes(true, OptionalDouble.of(mu));
    }

    /** Refuses a scheduler that cannot take σ from the pipeline. */
    void requireTakenBy(SchedulerKind kind) {
        if (even && kind != SchedulerKind.FLOW_MATCH_EULER) {
            throw new IllegalArgumentException("scheduler must take the sigmas that this model's pipeline states, as "
                    + SchedulerKind.FLOW_MATCH_EULER.className() + " alone does, but was " + kind.className());
        }
    }
}
