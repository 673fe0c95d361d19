package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;

/** Predicts what the scheduler needs from latents and text: the noise, the velocity, or the sample. */
@FunctionalInterface
public interface Denoiser {

    /**
     * The prediction for one picture.
     *
     * @param input latents as the scheduler scaled them, with mask and kept picture after them where the network takes
     *     those; {@code [channels, height, width]}
     * @param moment when
     * @param text what to show
     * @return {@code [latentChannels, height, width]}
     */
    float[] predict(float[] input, Moment moment, Conditioning text, Cancellation cancellation);

    /**
     * A moment of the loop.
     *
     * @param call which call of the loop it is, from 0
     * @param calls how many calls the loop has
     * @param timestep the time in training steps, descending from call to call
     */
    record Moment(int call, int calls, float timestep) {}
}
