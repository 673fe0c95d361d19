package dev.triptych.diffusion;

/**
 * What the denoising loop starts from, and what it keeps of an input picture on the way. It serves one image.
 *
 * <p>The three kinds: noise alone (text → image), a noised picture (image → image), a noised picture of which a mask
 * keeps part (inpainting).
 */
interface Canvas {

    /** The latents before the first call, {@code [latentChannels, height, width]}. */
    float[] start();

    /** What the U-Net is shown: the scaled latents, and for an inpainting U-Net mask and kept picture after them. */
    default float[] modelInput(float[] scaledLatents) {
        return scaledLatents;
    }

    /** The latents after a step, with what the mask keeps put back as it looks just before {@code nextCall}. */
    default float[] afterStep(float[] latents, int nextCall) {
        return latents;
    }
}
