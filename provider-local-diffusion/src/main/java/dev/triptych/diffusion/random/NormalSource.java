package dev.triptych.diffusion.random;

/**
 * A stream of standard normal numbers, one for each image. It keeps its place: two calls give two different pieces of
 * the stream. Not thread-safe.
 */
public interface NormalSource {

    /**
     * The next {@code count} numbers, as one {@code torch.randn} call of that many elements would give them. How a
     * stream is cut into calls may change its numbers, so callers draw a whole tensor at a time.
     */
    float[] next(int count);

    /** The next numbers as the noise that a picture starts from, {@code [channels, height, width]}. */
    default float[] first(int channels, int height, int width) {
        return next(channels * height * width);
    }
}
