package dev.triptych.diffusion.scheduler;

import dev.triptych.diffusion.random.NormalSource;
import java.util.OptionalDouble;

/**
 * The rule that turns a noise prediction into the next latents. It serves one image and is then thrown away: it keeps
 * what earlier steps predicted. Not thread-safe.
 *
 * <pre>{@code
 * Scheduler scheduler = Schedulers.create(config, steps, StepArguments.DEFAULTS);
 * float[] latents = scaled(noise.next(size), scheduler.initNoiseSigma());
 * for (int call = 0; call < scheduler.timesteps().length; call++) {
 *     float[] input = scheduler.scaleModelInput(latents, call);
 *     latents = scheduler.step(unet(input, scheduler.timesteps()[call]), call, latents, noise);
 * }
 * }</pre>
 *
 * <p>A sample is the latents of one image, {@code [channels, height, width]} in row-major order, and every array of one
 * loop has that length. No method changes an array it is given; a result may be the very array that was given.
 */
public interface Scheduler {

    /**
     * When each U-Net call happens, in training time, descending: one entry a call. Callers do not change the array.
     */
    float[] timesteps();

    /** U-Net calls for each step, but for the last: 2 for Heun and KDPM2, else 1. */
    int order();

    /** The factor of the first noise when an image starts from noise alone. */
    float initNoiseSigma();

    /**
     * Lets the loop start at a later call than 0, for image-to-image and for {@linkplain LoopPart parts of a loop}.
     * Every scheduler can.
     *
     * @throws IllegalArgumentException if there is no such call
     */
    void begin(int callIndex);

    /** The sample as the U-Net wants to see it at this call. */
    float[] scaleModelInput(float[] sample, int callIndex);

    /**
     * The sample after this call. Schedulers that add noise draw it from {@code noise}, a whole sample at a time and as
     * often as diffusers does.
     *
     * @throws IllegalStateException if the calls do not come in order
     */
    float[] step(float[] noisePrediction, int callIndex, float[] sample, NormalSource noise);

    /** {@code original} as it would look, with {@code noise}, just before this call. */
    float[] addNoise(float[] original, float[] noise, int callIndex);

    /**
     * How much of its noise this call leaves, in [0, 1), as a part of what the sample has for its picture: σ₊/σ, before
     * an ancestral step adds fresh noise. Empty where a step is not linear in its one prediction.
     */
    default OptionalDouble noiseLeft(int callIndex) {
        return OptionalDouble.empty();
    }
}
