package dev.triptych.diffusion.guide;

import dev.triptych.Cancellation;
import java.util.List;

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

    /** Whether {@link #predictBoth} takes less time than two predictions. */
    default boolean predictsBothAtOnce() {
        return false;
    }

    /**
     * The predictions for one picture and two texts.
     *
     * @return what {@link #predict} gives for {@code text}, and for {@code other}
     */
    default List<float[]> predictBoth(
            float[] input, Moment moment, Conditioning text, Conditioning other, Cancellation cancellation) {
        return List.of(predict(input, moment, text, cancellation), predict(input, moment, other, cancellation));
    }

    /**
     * A moment of the loop.
     *
     * @param call which call of the loop it is, from 0
     * @param calls how many calls the loop has
     * @param timestep the time in training steps, descending from call to call
     * @param first the first call that is really made: image-to-image begins later
     * @param made how many calls are really made
     */
    record Moment(int call, int calls, float timestep, int first, int made) {

        /** A moment of a loop of which all calls are made. */
        public Moment(int call, int calls, float timestep) {
            this(call, calls, timestep, 0, calls);
        }

        /**
         * Whether it lies as a whole in a window of the calls that are made, by the rule of diffusers' ControlNets
         * ({@code control_guidance_start}): call i of n is inside where {@code i/n ≥ start} and {@code (i + 1)/n ≤
         * end}.
         */
        public boolean isInside(double start, double end) {
            double index = call - first;
            return index / made >= start && (index + 1) / made <= end;
        }
    }
}
