package dev.triptych.diffusion.scheduler;

import java.util.EnumSet;

/**
 * A scheduler whose sample is x₀ + σ z, not scaled down to unit variance: Euler, Heun, LMS and KDPM2, after Karras et
 * al., "Elucidating the Design Space of Diffusion-Based Generative Models" (2022).
 */
abstract class SigmaScheduler extends SteppedScheduler {

    private final SigmaLoop loop;
    private final PredictionType prediction;

    SigmaScheduler(SchedulerConfig config, SigmaLoop loop, float[] timesteps, EnumSet<PredictionType> supported) {
        super(timesteps);
        this.loop = loop;
        this.prediction = PredictionType.of(config, supported);
    }

    /** σ at a step; one more than there are steps. */
    final float sigma(int step) {
        return loop.sigmas()[step];
    }

    final SigmaLoop loop() {
        return loop;
    }

    /** σ of the sample that this call's U-Net sees. */
    abstract float inputSigma(int call);

    /** σ that noise is added with before this call; half-step calls count as the step they end in. */
    float noiseSigma(int call) {
        return sigma(call);
    }

    @Override
    public final float initNoiseSigma() {
        return loop.initNoiseSigma();
    }

    /** x / √(σ² + 1): the U-Net was trained on samples of unit variance. */
    @Override
    public final float[] scaleModelInput(float[] sample, int callIndex) {
        float sigma = inputSigma(callIndex);
        float norm = (float) Math.sqrt(sigma * sigma + 1);
        float[] scaled = new float[sample.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = sample[i] / norm;
        }
        return scaled;
    }

    @Override
    public final float[] addNoise(float[] original, float[] noise, int callIndex) {
        return WeightedSum.of(1, original, noiseSigma(callIndex), noise);
    }

    /** The predicted image x₀ of a sample with this σ. */
    final float[] image(float[] output, float sigma, float[] sample) {
        return image(output, sigma, sigma, sample);
    }

    /** The same where churn lifted the sample from {@code sigma} to {@code churned}; v is read at the former. */
    final float[] image(float[] output, float sigma, float churned, float[] sample) {
        if (prediction == PredictionType.SAMPLE) {
            return output;
        }
        if (prediction == PredictionType.V_PREDICTION) {
            float square = sigma * sigma + 1;
            float weight = -sigma / (float) Math.sqrt(square);
            float[] image = new float[sample.length];
            for (int i = 0; i < image.length; i++) {
                image[i] = output[i] * weight + sample[i] / square;
            }
            return image;
        }
        return WeightedSum.of(1, sample, -churned, output);
    }

    /** dx/dσ = (x − x₀) / σ: Karras et al., equation 3. */
    static float[] derivative(float[] sample, float[] image, float sigma) {
        float[] derivative = new float[sample.length];
        for (int i = 0; i < derivative.length; i++) {
            derivative[i] = (sample[i] - image[i]) / sigma;
        }
        return derivative;
    }
}
