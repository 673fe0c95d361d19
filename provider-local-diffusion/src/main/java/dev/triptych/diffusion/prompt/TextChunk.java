package dev.triptych.diffusion.prompt;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * As many token ids as a text encoder reads at once, each with its weight. Immutable: arrays are copied in and out.
 *
 * @param ids start token, text, end token, padding
 * @param weights as many; empty = all 1
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
public record TextChunk(int[] ids, float[] weights) {

    /** Copies the arrays. */
    public TextChunk {
        ids = ids.clone();
        weights = weights.clone();
    }

    /** Ids without weights. */
    public static TextChunk of(int[] ids) {
        return new TextChunk(ids, new float[0]);
    }

    /** A copy of the ids. */
    @Override
    public int[] ids() {
        return ids.clone();
    }

    /** A copy of the weights. */
    @Override
    public float[] weights() {
        return weights.clone();
    }

    /** How many ids there are. */
    public int length() {
        return ids.length;
    }

    /**
     * Weights what the encoder made of the chunk, in place: each token's values times its weight, and all of them
     * brought back to the mean that they had. Reference: AUTOMATIC1111/stable-diffusion-webui,
     * {@code modules/sd_emphasis.py}, {@code EmphasisOriginal}.
     *
     * @param values [tokens, width]
     */
    public void weigh(float[] values) {
        if (weights.length == 0) {
            return;
        }
        double before = mean(values);
        int width = values.length / weights.length;
        for (int i = 0; i < values.length; i++) {
            values[i] *= weights[i / width];
        }
        float back = (float) (before / mean(values));
        for (int i = 0; i < values.length; i++) {
            values[i] *= back;
        }
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TextChunk that && Arrays.equals(ids, that.ids) && Arrays.equals(weights, that.weights);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ids) + Arrays.hashCode(weights);
    }

    /** Names no text: a prompt must not reach a log. */
    @Override
    public String toString() {
        return "TextChunk[" + ids.length + " ids]";
    }
}
