package dev.triptych.diffusion.network.clip;

import dev.triptych.diffusion.pixels.Pixels;

/**
 * Prepares pictures for CLIP's vision tower as transformers 4.57 does (models/clip/image_processing_clip.py, the slow
 * {@code CLIPImageProcessor}): bicubic resize of the shorter edge, a square from the middle, rescaling, normalisation.
 * Immutable.
 */
public final class ClipImageProcessor {

    private static final int CHANNELS = 3;

    private final ClipPreprocessing preprocessing;

    /** What each value of a byte becomes, for each channel. */
    private final float[][] normalised = new float[CHANNELS][256];

    /** A processor as {@code preprocessing} says. */
    public ClipImageProcessor(ClipPreprocessing preprocessing) {
        this.preprocessing = preprocessing;
        for (int channel = 0; channel < CHANNELS; channel++) {
            float mean = preprocessing.mean().get(channel);
            float deviation = preprocessing.deviation().get(channel);
            for (int value = 0; value < 256; value++) {
                float rescaled = (float) (value * preprocessing.rescaleFactor());
                normalised[channel][value] = (rescaled - mean) / deviation;
            }
        }
    }

    /** The picture as the tower reads it, {@code [3, imageSize, imageSize]}, row-major, about in [−2, 3]. */
    public float[] process(Pixels picture) {
        return normaliseMiddle(resize(picture));
    }

    /** The longer edge is cut to a whole number, not rounded. */
    private Pixels resize(Pixels picture) {
        if (preprocessing.shortestEdge().isEmpty()) {
            return picture.resizeBicubic(preprocessing.imageSize(), preprocessing.imageSize());
        }
        int shorter = preprocessing.shortestEdge().getAsInt();
        boolean upright = picture.width() <= picture.height();
        long from = upright ? picture.width() : picture.height();
        long other = upright ? picture.height() : picture.width();
        int longer = Math.toIntExact(shorter * other / from);
        return upright ? picture.resizeBicubic(shorter, longer) : picture.resizeBicubic(longer, shorter);
    }

    /** Of a picture smaller than the square, what is missing around it is black. */
    private float[] normaliseMiddle(Pixels picture) {
        int size = preprocessing.imageSize();
        int top = Math.floorDiv(picture.height() - size, 2);
        int left = Math.floorDiv(picture.width() - size, 2);
        byte[] rgb = picture.rgb();
        float[] values = new float[CHANNELS * size * size];
        int to = 0;
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int y = top; y < top + size; y++) {
                for (int x = left; x < left + size; x++) {
                    boolean inside = y >= 0 && y < picture.height() && x >= 0 && x < picture.width();
                    int value = inside ? rgb[(y * picture.width() + x) * CHANNELS + channel] & 0xff : 0;
                    values[to++] = normalised[channel][value];
                }
            }
        }
        return values;
    }
}
