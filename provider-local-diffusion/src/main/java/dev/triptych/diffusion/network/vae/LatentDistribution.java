package dev.triptych.diffusion.network.vae;

/**
 * What the autoencoder's encoder says of a picture: a normal distribution for each latent value.
 *
 * @param mean the means, [latentChannels, height, width] in latent pixels, row-major
 * @param logvar the logarithms of the variances, in [−30, 20], of the same shape
 */
@SuppressWarnings("ArrayRecordComponent")
public record LatentDistribution(float[] mean, float[] logvar) {

    /** Checks that both have the same length. */
    public LatentDistribution {
        if (mean.length != logvar.length) {
            throw new IllegalArgumentException(
                    "logvar must have as many values as mean, " + mean.length + ", but had " + logvar.length);
        }
    }

    /** A draw: mean + exp(½ · logvar) · noise, not yet scaled. */
    public float[] sample(float[] noise) {
        float[] sample = new float[mean.length];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = mean[i] + (float) Math.exp(0.5f * logvar[i]) * noise[i];
        }
        return sample;
    }
}
