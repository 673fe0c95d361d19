package dev.triptych.diffusion;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.runtime.DiffusionModels;
import dev.triptych.diffusion.runtime.Tensor;
import dev.triptych.diffusion.scheduler.Scheduler;
import dev.triptych.diffusion.scheduler.Schedulers;
import dev.triptych.diffusion.tokenizer.ClipTokenizer;
import java.util.Optional;

/**
 * Stable Diffusion, from a prompt to pixels: the algorithm on one screen. Not thread-safe: one picture at a time.
 *
 * <pre>
 * prompt ── tokenizer ── text encoder ──────────────┐
 * seed ──── noise ── × initNoiseSigma ── latents    │
 *                                          │        │
 *               for each timestep t:   scale ── U-Net(t) ── guidance ── scheduler step ── latents
 *                                                                                            │
 *                                              pixels ── VAE decoder ── ÷ scaling factor ────┘
 * </pre>
 *
 * References: Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models" (2022); Ho and Salimans,
 * "Classifier-Free Diffusion Guidance" (2022); Meng et al., "SDEdit" (2022) for image-to-image. The order of operations
 * and of random draws is that of diffusers 0.36, {@code pipeline_stable_diffusion.py} and
 * {@code pipeline_stable_diffusion_img2img.py}, so that a seed gives the same picture.
 */
final class DiffusionPipeline {

    /** diffusers skips layers for the prompt alone ({@code encode_prompt}), so we do. */
    private static final int NO_CLIP_SKIP = 0;

    private final Checkpoint checkpoint;
    private final ClipTokenizer tokenizer;
    private final DiffusionModels models;

    DiffusionPipeline(Checkpoint checkpoint, ClipTokenizer tokenizer, DiffusionModels models) {
        this.checkpoint = checkpoint;
        this.tokenizer = tokenizer;
        this.models = models;
    }

    /** What the U-Net is told about the text; the same for every picture of a request. */
    Conditioning encode(DiffusionSettings settings, Cancellation cancellation) {
        Tensor conditional = encodeText(settings.prompt(), settings.clipSkip(), cancellation);
        int guidanceWidth = checkpoint.timeCondProjDim();
        if (guidanceWidth > 0) { // distilled: guidance goes in as a number, not as a second pass
            float excess = (float) (settings.guidanceScale() - 1);
            return new Conditioning(
                    conditional, Optional.empty(), Optional.of(Guidance.embedding(excess, guidanceWidth)));
        }
        if (settings.guidanceScale() <= 1) {
            return new Conditioning(conditional, Optional.empty(), Optional.empty());
        }
        Tensor unconditional = encodeText(settings.negativePrompt(), NO_CLIP_SKIP, cancellation);
        return new Conditioning(conditional, Optional.of(unconditional), Optional.empty());
    }

    private Tensor encodeText(String text, int clipSkip, Cancellation cancellation) {
        return models.encodeText(tokenizer.tokenize(text).tokenIds(), clipSkip, cancellation);
    }

    /**
     * The latents of one picture, after all steps.
     *
     * @param noise the picture's own random numbers; every draw of the picture comes from it, in diffusers' order
     * @return {@code [latentChannels, height / factor, width / factor]}, still scaled
     */
    float[] denoise(Conditioning text, DiffusionSettings settings, NormalSource noise, StepMonitor monitor) {
        Scheduler scheduler = Schedulers.create(settings.scheduler(), settings.steps(), settings.stepArguments());
        float[] timesteps = scheduler.timesteps();
        int firstCall = settings.start()
                .map(start -> firstCall(start, settings, scheduler))
                .orElse(0);
        scheduler.begin(firstCall);
        Canvas canvas =
                canvas(settings, firstCall, new Canvases(checkpoint, models, scheduler, noise, monitor.cancellation()));
        float[] latents = canvas.start();
        for (int call = firstCall; call < timesteps.length; call++) {
            float[] input = canvas.modelInput(scheduler.scaleModelInput(latents, call));
            float[] noisePrediction = predictNoise(input, timesteps[call], text, settings, monitor.cancellation());
            latents = canvas.afterStep(scheduler.step(noisePrediction, call, latents, noise), call + 1);
            monitor.stepDone(call - firstCall + 1, timesteps.length - firstCall);
        }
        return latents;
    }

    private Canvas canvas(DiffusionSettings settings, int firstCall, Canvases canvases) {
        if (settings.start().isEmpty()) {
            int factor = checkpoint.vaeScaleFactor();
            return canvases.blank(
                    settings.size().height() / factor, settings.size().width() / factor);
        }
        DiffusionSettings.Start start = settings.start().get();
        return start.mask()
                .map(mask -> canvases.inpainting(start.picture(), mask, start.strength(), firstCall))
                .orElseGet(() -> canvases.picture(start.picture(), firstCall));
    }

    /** Where image-to-image enters the loop: {@code strength} 1 at the first call, less later. */
    private static int firstCall(DiffusionSettings.Start start, DiffusionSettings settings, Scheduler scheduler) {
        int steps = settings.steps();
        int stepsToDo = Math.min((int) (steps * start.strength()), steps);
        return (steps - stepsToDo) * scheduler.order();
    }

    /** The U-Net's noise prediction, pushed from the unconditional to the conditional one and beyond. */
    private float[] predictNoise(
            float[] latents, float timestep, Conditioning text, DiffusionSettings settings, Cancellation cancellation) {
        float[] conditional = unet(latents, timestep, text.conditional(), text, settings, cancellation);
        if (text.unconditional().isEmpty()) {
            return conditional;
        }
        float[] unconditional = unet(latents, timestep, text.unconditional().get(), text, settings, cancellation);
        float[] guided = Guidance.apply(unconditional, conditional, (float) settings.guidanceScale());
        return settings.guidanceRescale() > 0
                ? Guidance.rescale(guided, conditional, settings.guidanceRescale())
                : guided;
    }

    private float[] unet(
            float[] latents,
            float timestep,
            Tensor promptEmbeddings,
            Conditioning text,
            DiffusionSettings settings,
            Cancellation cancellation) {
        int factor = checkpoint.vaeScaleFactor();
        return models.predictNoise(
                latents,
                settings.size().height() / factor,
                settings.size().width() / factor,
                timestep,
                promptEmbeddings,
                text.guidanceEmbedding().orElse(null),
                cancellation);
    }

    /** The picture that {@code latents} stand for. */
    Pixels decode(float[] latents, DiffusionSettings settings, Cancellation cancellation) {
        float scalingFactor = checkpoint.latentScalingFactor();
        float[] unscaled = new float[latents.length];
        for (int i = 0; i < latents.length; i++) {
            unscaled[i] = latents[i] / scalingFactor + checkpoint.latentShiftFactor();
        }
        int width = settings.size().width();
        int height = settings.size().height();
        int factor = checkpoint.vaeScaleFactor();
        float[] pixels = models.decode(unscaled, height / factor, width / factor, cancellation);
        return Pixels.fromTensor(pixels, width, height);
    }

    /**
     * What the U-Net is told.
     *
     * @param conditional embeddings of the prompt, {@code [1, tokens, hidden]}
     * @param unconditional embeddings of the negative prompt, where guidance is on
     * @param guidanceEmbedding the guidance scale as a vector, for distilled U-Nets that take it as an input
     */
    record Conditioning(Tensor conditional, Optional<Tensor> unconditional, Optional<float[]> guidanceEmbedding) {}

    /** Hears of finished steps, and holds the wish to stop. */
    interface StepMonitor {
        /** {@code done} of {@code total} U-Net calls of this picture are done. */
        void stepDone(int done, int total);

        /** The wish to stop. */
        Cancellation cancellation();
    }
}
