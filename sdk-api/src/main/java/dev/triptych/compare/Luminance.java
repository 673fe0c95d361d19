package dev.triptych.compare;

import java.awt.image.BufferedImage;

/**
 * A picture's brightness alone: {@code [height, width]}, row-major, each value in [0, 255].
 *
 * <p>Luma as in ITU-R BT.601: {@code 0.299 R + 0.587 G + 0.114 B}. What is transparent is seen on white. Nobody writes
 * to {@code values}.
 */
final class Luminance {

    final int width;
    final int height;
    final double[] values;

    /**
     * A picture of {@code width} × {@code height} pixels with brightness {@code values} by row, which are not copied.
     */
    Luminance(int width, int height, double[] values) {
        this.width = width;
        this.height = height;
        this.values = values;
    }

    static Luminance of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        double[] values = new double[width * height];
        int[] line = new int[width];
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, line, 0, width);
            for (int x = 0; x < width; x++) {
                values[y * width + x] = luma(line[x]);
            }
        }
        return new Luminance(width, height, values);
    }

    private static double luma(int argb) {
        double opaque = (argb >>> 24) / 255.0;
        double luma = 0.299 * (argb >> 16 & 0xff) + 0.587 * (argb >> 8 & 0xff) + 0.114 * (argb & 0xff);
        return opaque * luma + (1 - opaque) * 255;
    }

    double at(int x, int y) {
        return values[y * width + x];
    }

    /** This picture with its longer edge at most {@code edge}. Never enlarges: that would only blur. */
    Luminance atMost(int edge) {
        int longer = Math.max(width, height);
        if (longer <= edge) {
            return this;
        }
        double factor = (double) edge / longer;
        return scaledTo(scaled(width, factor), scaled(height, factor));
    }

    private static int scaled(int length, double factor) {
        return (int) Math.max(1, Math.round(length * factor));
    }

    /** This picture in another size. Each new pixel is the mean of the area that it covers. */
    Luminance scaledTo(int newWidth, int newHeight) {
        if (newWidth == width && newHeight == height) {
            return this;
        }
        double[] narrow = resample(values, height, width, newWidth, width, 1);
        double[] scaled = resample(narrow, newWidth, height, newHeight, 1, newWidth);
        return new Luminance(newWidth, newHeight, scaled);
    }

    /**
     * Resamples each of {@code lines} lines from {@code from} to {@code to} values. Pixels of a line lie {@code step}
     * apart; lines begin {@code lineStep} apart, and when they are whole rows the new rows are {@code to} long.
     */
    private static double[] resample(double[] source, int lines, int from, int to, int lineStep, int step) {
        int targetLineStep = step == 1 ? to : 1;
        double[] target = new double[lines * to];
        double ratio = (double) from / to;
        for (int i = 0; i < to; i++) {
            double start = i * ratio;
            double end = Math.min(from, start + ratio);
            int last = (int) Math.min(from - 1L, (long) Math.ceil(end) - 1);
            for (int s = (int) start; s <= last; s++) {
                double weight = (Math.min(end, s + 1) - Math.max(start, s)) / (end - start);
                for (int line = 0; line < lines; line++) {
                    target[line * targetLineStep + i * step] += weight * source[line * lineStep + s * step];
                }
            }
        }
        return target;
    }

    /** Never the values: they are a picture. */
    @Override
    public String toString() {
        return "Luminance[" + width + "x" + height + "]";
    }
}
