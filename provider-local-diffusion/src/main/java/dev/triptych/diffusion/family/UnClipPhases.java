package dev.triptych.diffusion.family;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.guide.Conditioning;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.guide.PhaseGuidance;
import dev.triptych.diffusion.network.prior.PriorTransformer;
import dev.triptych.diffusion.network.prior.TextProjection;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.pixels.PlaneResizing;
import dev.triptych.diffusion.prompt.Timeline;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * unCLIP's three loops, Ramesh et al. (2022): the prior makes an image embedding, the decoder a small picture,
 * super-resolution the picture. Reference: diffusers 0.42, pipelines/deprecated/unclip/pipeline_unclip.py.
 */
final class UnClipPhases {

    private static final String SMALL_PICTURE = "small_picture";

    private final Engine engine;
    private final UnClipParts parts;
    private final LatentSize small;
    private final LatentSize large;

    /**
     * @param small the size of the decoder's picture
     * @param large the size of the picture
     */
    UnClipPhases(Engine engine, UnClipParts parts, LatentSize small, LatentSize large) {
        this.engine = engine;
        this.parts = parts;
        this.small = small;
        this.large = large;
    }

    /** The loop over an image embedding. */
    Phase prior(UnClipParts.Prior prior) {
        return new PriorPhase(engine, prior.network());
    }

    /** The loop over the small picture. */
    Phase decoder() {
        return new DecoderPhase();
    }

    /** The loop over the picture. */
    Phase superResolution() {
        return new SuperResolutionPhase();
    }

    private record PriorPhase(Engine engine, PriorTransformer prior) implements Phase {

        @Override
        public LatentSize size() {
            return new LatentSize(prior.config().embeddingSize(), 1, 1);
        }

        @Override
        public ConditioningPlan conditioning(ConditioningPlan text, float[] before, Cancellation cancellation) {
            return text;
        }

        @Override
        public Denoiser denoiser(double guidanceScale) {
            return new PhaseGuidance(
                    (input, moment, text, cancellation) ->
                            prior.predict(engine, input, moment.timestep(), text.tensors(), cancellation),
                    guidanceScale);
        }
    }

    private final class DecoderPhase implements Phase {

        @Override
        public boolean isMain() {
            return true;
        }

        @Override
        public LatentSize size() {
            return small;
        }

        /** After the prior the embedding that it made, else that of the picture to vary. */
        @Override
        public ConditioningPlan conditioning(ConditioningPlan text, float[] before, Cancellation cancellation) {
            Optional<float[]> made = parts.prior()
                    .filter(prior -> before.length > 0)
                    .map(prior -> prior.network().restored(before));
            return text.map(
                    side -> projected(side, made.orElseGet(() -> picture(side)), cancellation),
                    side -> projected(side, parts.projection().unguided(), cancellation));
        }

        private float[] picture(Conditioning side) {
            return Objects.requireNonNull(side.tensors().get(UnClipPrompts.IMAGE_EMBEDS))
                    .values();
        }

        private Conditioning projected(Conditioning side, float[] embedding, Cancellation cancellation) {
            TextProjection.Projected told = parts.projection()
                    .project(
                            engine,
                            embedding,
                            Objects.requireNonNull(side.tensors().get(UnClipPrompts.TEXT_EMBEDS)),
                            Objects.requireNonNull(side.tensors().get(UnClipPrompts.HIDDEN_STATES)),
                            cancellation);
            Tensor mask = Objects.requireNonNull(side.tensors().get(UnClipPrompts.MASK));
            return Conditioning.of(Map.of(
                    "encoder_hidden_states", told.context(),
                    "class_labels", told.label(),
                    "attention_mask", behindOnes(mask)));
        }

        /** The picture's tokens count. */
        private Tensor behindOnes(Tensor mask) {
            int extra = parts.projection().config().extraTokens();
            float[] all = new float[extra + mask.values().length];
            Arrays.fill(all, 0, extra, 1);
            System.arraycopy(mask.values(), 0, all, extra, mask.values().length);
            return new Tensor(new long[] {1, all.length}, all);
        }

        @Override
        public Denoiser denoiser(double guidanceScale) {
            long[] shape = {1, small.channels(), small.height(), small.width()};
            return new PhaseGuidance(
                    (input, moment, text, cancellation) -> parts.decoder()
                            .predict(
                                    engine,
                                    new Unet.Input(new Tensor(shape, input), moment.timestep(), text.tensors()),
                                    cancellation),
                    guidanceScale);
        }
    }

    private final class SuperResolutionPhase implements Phase {

        @Override
        public LatentSize size() {
            return large;
        }

        @Override
        public ConditioningPlan conditioning(ConditioningPlan text, float[] before, Cancellation cancellation) {
            float[] clamped = new float[before.length];
            for (int i = 0; i < clamped.length; i++) {
                clamped[i] = Math.min(Math.max(before[i], -1), 1);
            }
            float[] enlarged =
                    PlaneResizing.bicubic(clamped, small.height(), small.width(), large.height(), large.width());
            Tensor picture = new Tensor(new long[] {1, large.channels(), large.height(), large.width()}, enlarged);
            Conditioning told = Conditioning.of(Map.of(SMALL_PICTURE, picture));
            return new ConditioningPlan(List.of(Timeline.always(told)), Optional.empty());
        }

        /** The picture and the enlarged one behind it; in the last step another network looks at them. */
        @Override
        public Denoiser denoiser(double guidanceScale) {
            long[] shape = {1, 2L * large.channels(), large.height(), large.width()};
            return (input, moment, told, cancellation) -> {
                float[] picture = Objects.requireNonNull(told.tensors().get(SMALL_PICTURE))
                        .values();
                float[] both = Arrays.copyOf(input, input.length + picture.length);
                System.arraycopy(picture, 0, both, input.length, picture.length);
                Unet unet = moment.call() == moment.calls() - 1 ? parts.last() : parts.first();
                return unet.predict(
                        engine, new Unet.Input(new Tensor(shape, both), moment.timestep(), Map.of()), cancellation);
            };
        }
    }
}
