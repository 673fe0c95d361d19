package dev.triptych.diffusion;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.PictureJob.Stage;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.LatentSize;
import dev.triptych.diffusion.family.Phase;
import dev.triptych.diffusion.guide.ConditioningPlan;
import dev.triptych.diffusion.guide.Denoiser;
import dev.triptych.diffusion.guide.GuidanceChain;
import dev.triptych.diffusion.guide.TiledDenoiser;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.scheduler.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Latent diffusion, from a prompt to pixels: the algorithm on one screen. Not thread-safe: one picture at a time.
 *
 * <pre>
 * prompt ── prompt encoder ── conditioning ────┐
 * seed ──── noise ── canvas ── latents         │
 *                                │             │
 *     for each timestep t:   scale ── denoiser(t), guided ── scheduler step ── latents
 *                                                                                │
 *                                      pixels ── latent codec ───────────────────┘
 * </pre>
 *
 * Where a refiner takes over, the same loop goes on with its own denoiser, text and scheduler, over the same latents.
 * Where a family has several loops, as unCLIP has, each begins from noise of its own, told what the one before made.
 *
 * <p>References: Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models" (2022); Ho and
 * Salimans, "Classifier-Free Diffusion Guidance" (2022); Meng et al., "SDEdit" (2022) for image-to-image; Podell et
 * al., "SDXL" (2023) for the refiner. The order of operations and of random draws is that of diffusers 0.36, so that a
 * seed gives the same picture.
 */
final class DiffusionPipeline {

    private static final int COLOURS = 3;

    private final PictureJob job;
    private final StepMonitor monitor;

    /** Paints the pictures of {@code job}. */
    DiffusionPipeline(PictureJob job, StepMonitor monitor) {
        this.job = job;
        this.monitor = monitor;
    }

    /** What each stage's denoiser is told about the text; the same for every picture of a job. */
    List<ConditioningPlan> encode() {
        List<ConditioningPlan> texts = job.stages().stream()
                .limit(job.isCascade() ? 1 : job.stages().size())
                .map(stage -> stage.family().promptEncoder().encode(stage.prompt(), monitor.cancellation()))
                .toList();
        monitor.partDone();
        return texts;
    }

    /**
     * The latents of one picture, after all steps.
     *
     * @param texts what {@link #encode} gave
     * @param noise the picture's own random numbers; every draw of the picture comes from it, in diffusers' order
     * @return {@code [latentChannels, height / factor, width / factor]}, still scaled
     */
    float[] denoise(List<ConditioningPlan> texts, NormalSource noise) {
        if (job.isCascade()) {
            return cascade(texts.get(0), noise);
        }
        List<ConditioningPlan> told = perPicture(texts, noise);
        Scheduler scheduler = job.stages().get(0).loop().scheduler();
        Canvas canvas = new Canvases(job, scheduler, noise, monitor.cancellation()).begin(job);
        if (job.start().isPresent()) {
            monitor.partDone();
        }
        return denoise(told, noise, scheduler, canvas);
    }

    private List<ConditioningPlan> perPicture(List<ConditioningPlan> texts, NormalSource noise) {
        List<ConditioningPlan> told = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            told.add(job.stages().get(i).family().perPicture(texts.get(i), noise));
        }
        return told;
    }

    /** Several loops, each over values of its own. */
    private float[] cascade(ConditioningPlan text, NormalSource noise) {
        float[] values = new float[0];
        int done = 0;
        for (Stage stage : job.stages()) {
            Phase phase = stage.phase().orElseThrow();
            ConditioningPlan told = phase.conditioning(text, values, monitor.cancellation());
            Scheduler scheduler = stage.loop().scheduler();
            Canvas canvas = new Canvas.Noise(noise.next(phase.size().values()));
            values = denoise(stage, told, scheduler, canvas, canvas.start(), noise, done);
            done += stage.loop().calls();
            monitor.partDone();
        }
        return values;
    }

    /** The same from a canvas; {@code scheduler} is the first stage's. */
    float[] denoise(List<ConditioningPlan> texts, NormalSource noise, Scheduler scheduler, Canvas canvas) {
        float[] latents = canvas.start();
        int done = 0;
        for (int i = 0; i < job.stages().size(); i++) {
            Stage stage = job.stages().get(i);
            Scheduler own = i == 0 ? scheduler : stage.loop().scheduler();
            latents = denoise(stage, texts.get(i), own, canvas, latents, noise, done);
            done += stage.loop().calls();
            monitor.partDone();
        }
        return latents;
    }

    /** One stage's part of the loop. */
    private float[] denoise(
            Stage stage,
            ConditioningPlan text,
            Scheduler scheduler,
            Canvas canvas,
            float[] start,
            NormalSource noise,
            int done) {
        Denoiser denoiser = guided(stage, scheduler);
        float[] timesteps = scheduler.timesteps();
        float[] latents = start;
        for (int call = stage.loop().firstCall(); call < stage.loop().endCall(); call++) {
            float[] input = canvas.denoiserInput(scheduler.scaleModelInput(latents, call));
            Denoiser.Moment moment = new Denoiser.Moment(
                    call,
                    timesteps.length,
                    timesteps[call],
                    stage.loop().firstCall(),
                    stage.loop().calls());
            int evaluation = done + call - stage.loop().firstCall();
            float[] prediction = denoiser.predict(input, moment, text.at(evaluation), monitor.cancellation());
            monitor.evaluated(new Evaluation(evaluation, input, moment.timestep(), prediction));
            latents = canvas.afterStep(scheduler.step(prediction, call, latents, noise), call + 1, scheduler);
            monitor.stepDone(evaluation + 1, job.calls());
            preview(stage, latents, evaluation + 1, call + 1, scheduler);
        }
        return latents;
    }

    private Denoiser guided(Stage stage, Scheduler scheduler) {
        if (stage.phase().isPresent()) {
            return stage.phase().get().denoiser(stage.guidance().scale());
        }
        return job.rendering()
                .windows()
                .<Denoiser>map(windows -> new TiledDenoiser(
                        windows,
                        windows.tiles().stream()
                                .map(window -> guidedWhole(stage, scheduler))
                                .toList(),
                        job.latents().channels()))
                .orElseGet(() -> guidedWhole(stage, scheduler));
    }

    private Denoiser guidedWhole(Stage stage, Scheduler scheduler) {
        Family family = stage.family();
        LatentSize seen = job.rendering().seen(job.latents());
        Supplier<Denoiser> passes = stage.shortcuts()
                .passes(
                        family.denoiser(seen),
                        family.deepDenoiser(seen),
                        cache -> family.cachedDenoiser(seen, cache),
                        scheduler.timesteps(),
                        stage.loop().firstCall(),
                        stage.guidance());
        float[] noiseLeft = stage.guidance().plusPlus() ? stage.loop().noiseLeft() : new float[0];
        return GuidanceChain.of(passes, stage.guidance(), noiseLeft);
    }

    /** Shows latents on the way, as the next call would see them. */
    private void preview(Stage stage, float[] latents, int done, int nextCall, Scheduler scheduler) {
        Optional<Rendering.Previews> previews =
                job.rendering().previews().filter(wanted -> wanted.isAt(done, job.calls()));
        if (previews.isEmpty() || nextCall >= scheduler.timesteps().length) {
            return;
        }
        float[] scaled = scheduler.scaleModelInput(latents, nextCall).clone();
        if (stage.phase().isEmpty()) {
            monitor.preview(shown(previews.get(), scaled));
            return;
        }
        LatentSize size = stage.phase().get().size();
        if (size.channels() == COLOURS) { // what is denoised there are pixels
            monitor.preview(Pixels.fromTensor(scaled, size.width(), size.height()));
        }
    }

    private Pixels shown(Rendering.Previews previews, float[] latents) {
        return previews.tiny()
                .map(tiny -> tiny.decode(latents, job.latents(), monitor.cancellation()))
                .orElseGet(() -> previews.colours().orElseThrow().shown(latents, job.latents()));
    }

    /** The picture that {@code latents} stand for; where that was asked for, the input's own outside of the mask. */
    Pixels decode(float[] latents) {
        Pixels picture = job.rendering().decoder().decode(latents, job.latents(), monitor.cancellation());
        monitor.partDone();
        Optional<PictureJob.Start> kept =
                job.start().filter(start -> job.rendering().keepsUnmasked());
        return kept.map(start -> picture.over(start.picture(), start.mask().orElseThrow()))
                .orElse(picture);
    }

    /**
     * The latents of a second pass, whose job this pipeline has.
     *
     * @param texts what {@link #encode} gave for it
     * @param latents those of the first pass
     * @param first the pipeline of the first pass
     * @param noise random numbers that begin anew from the picture's seed
     */
    float[] again(
            SecondPass pass,
            List<ConditioningPlan> texts,
            float[] latents,
            DiffusionPipeline first,
            NormalSource noise) {
        Scheduler scheduler = job.stages().get(0).loop().scheduler();
        Canvases canvases = new Canvases(job, scheduler, noise, monitor.cancellation());
        LatentSize from = first.job.latents();
        LatentSize to = job.latents();
        float[] enlarged = pass.latents()
                .map(resampling -> resampling.resize(latents, from.height(), from.width(), to.height(), to.width()))
                .orElseGet(() -> canvases.mean(pass.pixels()
                        .enlarge(
                                first.decode(latents),
                                job.size().width(),
                                job.size().height(),
                                Enlarger.Watch.of(monitor.cancellation()))));
        return denoise(texts, noise, scheduler, canvases.over(enlarged));
    }

    /**
     * What the guided denoiser was shown, and what it answered.
     *
     * @param index which evaluation of the picture, from 0
     * @param input latents as the scheduler scaled them
     * @param timestep the time in training steps
     * @param prediction noise, velocity or sample, guided
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Evaluation(int index, float[] input, float timestep, float[] prediction) {}

    /** Hears of finished steps, and holds the wish to stop. */
    interface StepMonitor {
        /** {@code done} of {@code total} calls of this picture are done. */
        void stepDone(int done, int total);

        /** An unfinished picture. */
        default void preview(Pixels unfinished) {}

        /** The denoiser was asked; arrays are not to be changed. */
        default void evaluated(Evaluation evaluation) {}

        /** The networks that were asked last are not asked again soon. */
        default void partDone() {}

        /** The wish to stop. */
        Cancellation cancellation();
    }
}
