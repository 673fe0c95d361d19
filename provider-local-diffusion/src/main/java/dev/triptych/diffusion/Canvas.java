package dev.triptych.diffusion;

import dev.triptych.diffusion.scheduler.Scheduler;

/**
 * What the denoising loop starts from, and what it keeps of an input picture on the way. It serves one picture.
 *
 * <p>Three kinds: latents alone (text → image, and image → image, which differ only in how the latents were made), a
 * mask that the denoiser sees, and a mask outside of which the picture is put back after each step.
 */
sealed interface Canvas {

    /** The latents before the first call, {@code [latentChannels, height, width]}. */
    float[] start();

    /** What the denoiser is shown: the scaled latents, and where it sees a mask, mask and kept picture after them. */
    default float[] denoiserInput(float[] scaledLatents) {
        return scaledLatents;
    }

    /** The latents after a step, with what the mask keeps put back as it looks just before {@code nextCall}. */
    default float[] afterStep(float[] latents, int nextCall, Scheduler scheduler) {
        return latents;
    }

    /** The values of {@code first}, then those of {@code second}. */
    static float[] concatenated(float[] first, float[] second) {
        float[] both = new float[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** Latents alone. */
    @SuppressWarnings("ArrayRecordComponent") // package-private, and made of what nobody else holds
    record Noise(float[] start) implements Canvas {}

    /** For a denoiser of more channels: latents, mask, latents of the kept part. */
    @SuppressWarnings("ArrayRecordComponent")
    record SeenMask(float[] start, float[] maskAndKept) implements Canvas {
        @Override
        public float[] denoiserInput(float[] scaledLatents) {
            return Canvas.concatenated(scaledLatents, maskAndKept);
        }
    }

    /** For an ordinary denoiser: after each step the kept part is put back, with the noise of that moment. */
    @SuppressWarnings("ArrayRecordComponent")
    record KeptPicture(float[] start, float[] picture, float[] noise, float[] mask) implements Canvas {
        @Override
        public float[] afterStep(float[] latents, int nextCall, Scheduler scheduler) {
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
