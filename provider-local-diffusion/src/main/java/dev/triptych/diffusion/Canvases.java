package dev.triptych.diffusion;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.pixels.Mask;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.runtime.DiffusionModels;
import dev.triptych.diffusion.runtime.LatentDistribution;
import dev.triptych.diffusion.scheduler.Scheduler;

/**
 * Prepares the canvas of one image. The random draws come in the order of diffusers 0.36: the picture's latents, the
 * noise, and for inpainting the latents of the kept part ({@code pipeline_stable_diffusion.py}, {@code …_img2img.py},
 * {@code …_inpaint.py}, each {@code prepare_latents}).
 */
final class Canvases {

    private final Checkpoint checkpoint;
    private final DiffusionModels models;
    private final Scheduler scheduler;
    private final NormalSource noise;
    private final Cancellation cancellation;

    Canvases(
            Checkpoint checkpoint,
            DiffusionModels models,
            Scheduler scheduler,
            NormalSource noise,
            Cancellation cancellation) {
        this.checkpoint = checkpoint;
        this.models = models;
        this.scheduler = scheduler;
        this.noise = noise;
        this.cancellation = cancellation;
    }

    /** Noise alone, as strong as the scheduler begins with. */
    Canvas blank(int latentHeight, int latentWidth) {
        float[] latents = noise.next(checkpoint.latentChannels() * latentHeight * latentWidth);
        scale(latents, scheduler.initNoiseSigma());
        return () -> latents;
    }

    /** A picture with as much noise as the loop expects at {@code firstCall}. */
    Canvas picture(Pixels picture, int firstCall) {
        float[] latents = encode(picture.toTensor(), picture.height(), picture.width());
        float[] noised = scheduler.addNoise(latents, noise.next(latents.length), firstCall);
        return () -> noised;
    }

    /** A picture whose masked part is painted anew; by a U-Net that sees the mask, or by keeping the rest in place. */
    Canvas inpainting(Pixels picture, Mask mask, double strength, int firstCall) {
        boolean unetSeesMask = seesMask(checkpoint);
        boolean startsFromNoise = strength == 1;
        int height = picture.height();
        int width = picture.width();
        float[] latents = unetSeesMask && startsFromNoise ? new float[0] : encode(picture.toTensor(), height, width);
        int factor = checkpoint.vaeScaleFactor();
        float[] fresh = noise.next(checkpoint.latentChannels() * (height / factor) * (width / factor));
        float[] start = startsFromNoise ? fresh.clone() : scheduler.addNoise(latents, fresh, firstCall);
        if (startsFromNoise) {
            scale(start, scheduler.initNoiseSigma());
        }
        float[] kept = encode(withoutMasked(picture.toTensor(), mask.toTensor()), height, width);
        float[] latentMask = mask.toLatentTensor(factor);
        return unetSeesMask
                ? new SeenMask(start, concatenate(latentMask, kept))
                : new KeptPicture(start, latents, fresh, latentMask, scheduler);
    }

    /** Whether the U-Net takes mask and kept picture beside the latents. */
    static boolean seesMask(Checkpoint checkpoint) {
        return checkpoint.unet().inChannels() == 2 * checkpoint.latentChannels() + 1;
    }

    /** A draw from the picture's distribution in latent space, scaled. */
    private float[] encode(float[] pixels, int height, int width) {
        LatentDistribution posterior = models.encode(pixels, height, width, cancellation);
        float[] latents = posterior.sample(noise.next(posterior.mean().length));
        float shift = checkpoint.latentShiftFactor();
        for (int i = 0; i < latents.length; i++) {
            latents[i] = (latents[i] - shift) * checkpoint.latentScalingFactor();
        }
        return latents;
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

    private static float[] concatenate(float[] first, float[] second) {
        float[] both = new float[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static void scale(float[] values, float factor) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
    }

    /** For a U-Net of 9 channels: latents, mask, latents of the kept part. */
    @SuppressWarnings("ArrayRecordComponent") // private, and made of what nobody else holds
    private record SeenMask(float[] start, float[] maskAndKept) implements Canvas {
        @Override
        public float[] modelInput(float[] scaledLatents) {
            return concatenate(scaledLatents, maskAndKept);
        }
    }

    /** For an ordinary U-Net: after each step the kept part is put back, with the noise of that moment. */
    @SuppressWarnings("ArrayRecordComponent")
    private record KeptPicture(float[] start, float[] picture, float[] noise, float[] mask, Scheduler scheduler)
            implements Canvas {
        @Override
        public float[] afterStep(float[] latents, int nextCall) {
            float[] kept =
                    nextCall < scheduler.timesteps().length ? scheduler.addNoise(picture, noise, nextCall) : picture;
            float[] blended = new float[latents.length];
            for (int i = 0; i < blended.length; i++) {
                float repaint = mask[i % mask.length];
                blended[i] = (1 - repaint) * kept[i] + repaint * latents[i];
            }
            return blended;
        }
    }
}
