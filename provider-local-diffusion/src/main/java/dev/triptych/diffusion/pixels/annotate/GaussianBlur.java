package dev.triptych.diffusion.pixels.annotate;

import dev.triptych.diffusion.pixels.Pixels;

/**
 * A Gaussian blur: rows, then columns, each value the mean of its neighbours weighted by {@code exp(−d² / 2σ²)} up to
 * 3σ away, with the picture mirrored at its border (the border itself not repeated), as OpenCV's
 * {@code GaussianBlur(img, (0, 0), sigma)} has it, computed in 32-bit floats and rounded once.
 *
 * @param sigma σ in pixels, from 0.1 to {@value #MOST}
 */
public record GaussianBlur(double sigma) implements Annotator {

    /** σ where nothing else is said: what is smaller than a face's features is gone. */
    static final double SIGMA = 9;

    /** Beyond it a picture is one colour. */
    static final double MOST = 256;

    private static final int CHANNELS = 3;

    /** Checks σ. */
    public GaussianBlur {
        if (!(sigma >= 0.1 && sigma <= MOST)) {
            throw new IllegalArgumentException("sigma must be between 0.1 and " + MOST + " but was " + sigma);
        }
    }

    @Override
    public Pixels annotate(Pixels picture) {
        int width = picture.width();
        int height = picture.height();
        byte[] rgb = picture.rgb();
        float[] values = new float[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            values[i] = rgb[i] & 0xff;
        }
        float[] kernel = kernel();
        float[] rows = blurred(values, kernel, width, CHANNELS, height, width * CHANNELS);
        float[] both = blurred(rows, kernel, height, width * CHANNELS, width, CHANNELS);
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) Math.rint(both[i]);
        }
        return Pixels.of(width, height, rgb);
    }

    private float[] kernel() {
        int radius = (int) Math.rint(3 * sigma);
        float[] kernel = new float[2 * radius + 1];
        double sum = 0;
        for (int i = -radius; i <= radius; i++) {
            sum += Math.exp(-i * i / (2 * sigma * sigma));
        }
        for (int i = -radius; i <= radius; i++) {
            kernel[radius + i] = (float) (Math.exp(-i * i / (2 * sigma * sigma)) / sum);
        }
        return kernel;
    }

    /** Along lines of {@code length} pixels that are {@code step} apart; {@code lines} of them, {@code next} apart. */
    private static float[] blurred(float[] values, float[] kernel, int length, int step, int lines, int next) {
        int radius = kernel.length / 2;
        float[] result = new float[values.length];
        for (int line = 0; line < lines; line++) {
            for (int at = 0; at < length; at++) {
                for (int channel = 0; channel < CHANNELS; channel++) {
                    int origin = line * next + channel;
                    float sum = 0;
                    for (int i = -radius; i <= radius; i++) {
                        sum += kernel[radius + i] * values[origin + mirrored(at + i, length) * step];
                    }
                    result[origin + at * step] = sum;
                }
            }
        }
        return result;
    }

    /** The place that {@code at} is the mirror image of. */
    private static int mirrored(int at, int length) {
        if (length == 1) {
            return 0;
        }
        int period = 2 * (length - 1);
        int within = Math.floorMod(at, period);
        return within < length ? within : period - within;
    }

    @Override
    public String toString() {
        return "blur:" + sigma;
    }
}
