package dev.triptych.diffusion.scheduler;

/**
 * A {@linkplain StepArguments step argument} that was stated but has no effect.
 *
 * @param name diffusers' name of it: {@code eta}, {@code s_churn}, {@code s_tmin}, {@code s_tmax}, {@code s_noise} or
 *     {@code order}
 * @param message one sentence for a person
 */
public record IgnoredArgument(String name, String message) {}
