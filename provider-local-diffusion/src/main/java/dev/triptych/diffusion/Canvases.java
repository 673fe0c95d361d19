package dev.triptych.diffusion;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.PictureJob.Start;
import dev.triptych.diffusion.family.Family;
import dev.triptych.diffusion.family.LatentCodec;
import dev.triptych.diffusion.family.LatentSize;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.pixels.Mask;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.scheduler.Scheduler;

/**
 * Prepares the canvas of one picture. The random draws come in the order of diffusers 0.36: the picture's latents, the
 * noise, and for inpainting the latents of the kept part ({@code pipeline_stable_diffusion.py}, {@code …_img2img.py},
 * {@code …_inpaint.py}, each {@code prepare_latents}; the same for XL).
 */
final class Canvases {

    private final Family family;
    private final LatentSize size;
    private final Rendering rendering;
    private final LoopPlan loop;
    private final Scheduler scheduler;
    private final NormalSource noise;
    private final Cancellation cancellation;

    Canvases(PictureJob job, Scheduler scheduler, NormalSource noise, Cancellation cancellation) {
        this.family = job.stages().get(0).family();
        this.loop = job.stages().get(0).loop();
        this.size = job.latents();
        this.rendering = job.rendering();
        this.scheduler = scheduler;
        this.noise = noise;
        this.cancellation = cancellation;
    }

    /** The canvas that a job begins with. */
    Canvas begin(PictureJob job) {
        if (job.start().isEmpty()) {
            return blank();
        }
        Start start = job.start().get();
        return start.mask().map(mask -> inpainting(start, mask)).orElseGet(() -> picture(start));
    }

    /** Latents that are there, with as much noise as the loop expects at its first call. */
    Canvas over(float[] latents) {
        return new Canvas.Noise(scheduler.addNoise(latents, firstNoise(), loop.firstCall()));
    }

    /** The likeliest latents of a picture, scaled; draws nothing. */
    float[] mean(Pixels picture) {
        LatentDistribution posterior =
                rendering.encoder().encode(picture.toTensor(), picture.height(), picture.width(), cancellation);
        return rendering.encoder().scale(posterior.mean().clone());
    }

    /** Noise alone, as strong as the scheduler begins with. */
    private Canvas blank() {
        float[] latents = firstNoise();
        scale(latents, scheduler.initNoiseSigma());
        return new Canvas.Noise(latents);
    }

    /** A picture with as much noise as the loop expects at its first call. */
    private Canvas picture(Start start) {
        float[] latents = encode(start, start.picture().toTensor());
        return new Canvas.Noise(
                loop.addsNoise() ? scheduler.addNoise(latents, firstNoise(), loop.firstCall()) : latents);
    }

    /**
     * A picture whose masked part is painted anew; by a denoiser that sees the mask, or by keeping the rest in place.
     */
    private Canvas inpainting(Start start, Mask mask) {
        boolean seesMask = family.seesMask();
        boolean fromNoise = start.strength() == 1 && loop.addsNoise();
        float[] latents = seesMask && fromNoise
                ? new float[0]
                : encode(start, start.picture().toTensor());
        float[] fresh = firstNoise();
        float[] begin = begin(latents, fresh, fromNoise);
        float[] kept = encode(start, withoutMasked(start.picture().toTensor(), mask.toTensor()));
        float[] latentMask = mask.toLatentTensor(family.latents().factor());
        return seesMask
                ? new Canvas.SeenMask(begin, Canvas.concatenated(latentMask, kept))
                : new Canvas.KeptPicture(begin, latents, fresh, latentMask);
    }

    private float[] begin(float[] latents, float[] fresh, boolean fromNoise) {
        if (fromNoise) {
            float[] start = fresh.clone();
            scale(start, scheduler.initNoiseSigma());
            return start;
        }
        return loop.addsNoise() ? scheduler.addNoise(latents, fresh, loop.firstCall()) : latents;
    }

    private float[] firstNoise() {
        return noise.first(size.channels(), size.height(), size.width());
    }

    /** A draw from the picture's distribution in latent space, or its mean, scaled. */
    private float[] encode(Start start, float[] pixels) {
        LatentCodec codec = rendering.encoder();
        int factor = family.latents().factor();
        LatentDistribution posterior =
                codec.encode(pixels, size.height() * factor, size.width() * factor, cancellation);
        return codec.scale(
                codec.drawsPictures() && start.rule().drawsPicture()
                        ? posterior.sample(noise.next(posterior.mean().length))
                        : posterior.mean().clone());
    }

    /** The picture with the middle of the value range, 0, where it is to be repainted. */
    private static float[] withoutMasked(float[] pixels, float[] mask) {
        float[] kept = pixels.clone();
        for (int i = 0; i < kept.length; i++) {
            if (mask[i % mask.length] >= 0.5f) {
                kept[i] = 0;
            }
        }
        return kept;
    }

    private static void scale(float[] values, float factor) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
    }
}
