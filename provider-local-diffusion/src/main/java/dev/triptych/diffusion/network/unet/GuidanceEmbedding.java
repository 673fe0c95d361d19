package dev.triptych.diffusion.network.unet;

import dev.triptych.diffusion.engine.Tensor;

/**
 * The guidance scale as the vector that a guidance-distilled U-Net takes: Meng et al., "On Distillation of Guided
 * Diffusion Models" (2023); as {@code get_guidance_scale_embedding} of diffusers. Stateless.
 */
public final class GuidanceEmbedding {

    private GuidanceEmbedding() {}

    /**
     * {@code [sin(1000 w · f), cos(1000 w · f)]} with f from 1 down to 1/10000.
     *
     * @param excess w = guidance scale − 1
     * @param width length of the vector; an odd one ends in a zero
     * @return [1, width]
     */
    public static Tensor of(float excess, int width) {
        int half = width / 2;
        float[] embedding = new float[width];
        float step = (float) (Math.log(10000.0) / (half - 1));
        for (int i = 0; i < half; i++) {
            float angle = excess * 1000f * (float) Math.exp(i * -step);
            embedding[i] = (float) Math.sin(angle);
            embedding[half + i] = (float) Math.cos(angle);
        }
        return new Tensor(new long[] {1, width}, embedding);
    }
}
