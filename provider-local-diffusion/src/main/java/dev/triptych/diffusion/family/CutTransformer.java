package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.guide.FirstBlockDenoiser;
import dev.triptych.diffusion.network.layers.FirstBlock;
import java.util.Map;
import java.util.Objects;

/** One evaluation of a family's transformer for a picture of one size. */
@FunctionalInterface
interface CutTransformer {

    /**
     * What the transformer answers.
     *
     * @param input the latents, {@code [channels, height, width]}
     * @param part how much of it is computed
     * @return the prediction {@link FirstBlock#OUTPUT}, and what {@code part} asks for beside it
     */
    Map<String, Tensor> evaluate(
            float[] input, Denoiser.Moment moment, Conditioning text, FirstBlock part, Cancellation cancellation);

    /** It as a denoiser. */
    default Denoiser whole() {
        return (input, moment, text, cancellation) ->
                prediction(evaluate(input, moment, text, FirstBlock.WHOLE, cancellation));
    }

    /** It with its first block apart. */
    default FirstBlockDenoiser cut() {
        return new FirstBlockDenoiser() {
            @Override
            public Whole whole(float[] input, Denoiser.Moment moment, Conditioning text, Cancellation cancellation) {
                Map<String, Tensor> told = evaluate(input, moment, text, FirstBlock.TOLD, cancellation);
                return new Whole(prediction(told), values(told, FirstBlock.ADDED), tensor(told, FirstBlock.REST));
            }

            @Override
            public Started started(
                    Tensor rest, float[] input, Denoiser.Moment moment, Conditioning text, Cancellation cancellation) {
                Map<String, Tensor> told = evaluate(input, moment, text, FirstBlock.alone(rest), cancellation);
                return new Started(prediction(told), values(told, FirstBlock.ADDED));
            }
        };
    }

    /** The prediction among what was answered. */
    static float[] prediction(Map<String, Tensor> outputs) {
        return values(outputs, FirstBlock.OUTPUT);
    }

    private static float[] values(Map<String, Tensor> outputs, String name) {
        return tensor(outputs, name).values();
    }

    private static Tensor tensor(Map<String, Tensor> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name));
    }
}
