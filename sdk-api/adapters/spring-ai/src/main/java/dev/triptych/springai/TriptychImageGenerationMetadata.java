package dev.triptych.springai;

import dev.triptych.GeneratedImage;
import java.util.Optional;
import java.util.OptionalLong;
import org.springframework.ai.image.ImageGenerationMetadata;

/**
 * What is known of one picture. Immutable.
 *
 * @param seed the seed that made it, where the provider honours or tells it
 * @param revisedPrompt the prompt that the provider made of ours, where it tells
 * @param mediaType the file's type, such as {@code "image/png"}
 * @param width width in pixels
 * @param height height in pixels
 * @param sha256 SHA-256 of the file in lower-case hexadecimal
 */
public record TriptychImageGenerationMetadata(
        OptionalLong seed, Optional<String> revisedPrompt, String mediaType, int width, int height, String sha256)
        implements ImageGenerationMetadata {

    static TriptychImageGenerationMetadata of(GeneratedImage image) {
        return new TriptychImageGenerationMetadata(
                image.seed(), image.revisedPrompt(), image.mediaType(), image.width(), image.height(), image.sha256());
    }

    /** Everything but the revised prompt. */
    @Override
    public String toString() {
        return "TriptychImageGenerationMetadata[" + seed + ", " + mediaType + ", " + width + "x" + height + ", sha256="
                + sha256 + "]";
    }
}
