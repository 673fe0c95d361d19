package dev.triptych;

import java.util.Set;

/**
 * What some generators are beside: something that makes a picture larger by itself, without painting anything anew.
 * {@link ImageGenerator#unwrap} finds it behind everything that is around a generator:
 *
 * <pre>{@code
 * ImageUpscaler upscaler = generator.unwrap(ImageUpscaler.class);
 * GeneratedImage large = upscaler.upscale(
 *         ImageInput.of(Path.of("fox.png")), new ImageSize(1024, 1024), "lanczos", GenerationContext.create());
 * }</pre>
 */
public interface ImageUpscaler {

    /** The names that {@link #upscale} takes; {@code lanczos} is always among them. */
    Set<String> upscalers();

    /**
     * {@code picture} in another size. What it says of itself stays, and so does its transparency.
     *
     * @param picture a picture that can be decoded
     * @param size what it becomes
     * @param upscaler one of {@link #upscalers}
     * @return a PNG
     * @throws UnsupportedRequestException if the picture cannot be read, the size is too large, or there is no such
     *     upscaler
     */
    GeneratedImage upscale(ImageInput picture, ImageSize size, String upscaler, GenerationContext context);
}
