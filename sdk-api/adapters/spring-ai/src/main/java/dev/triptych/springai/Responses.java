package dev.triptych.springai;

import dev.triptych.GeneratedImage;
import dev.triptych.ImageResult;
import dev.triptych.ResultMetadata;
import java.util.Base64;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.metadata.EmptyUsage;
import org.springframework.ai.chat.metadata.Usage;
import org.springframework.ai.image.Image;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageResponse;
import org.springframework.ai.image.ImageResponseMetadata;

/** Our results as Spring AI's responses. */
final class Responses {

    private Responses() {}

    static ImageResponse of(ImageResult result) {
        ImageResponseMetadata metadata = new ImageResponseMetadata();
        metadata.setUsage(usage(result));
        ResultMetadata.of(result).forEach(metadata::put);
        return new ImageResponse(
                result.images().stream().map(Responses::generation).toList(), metadata);
    }

    private static ImageGeneration generation(GeneratedImage image) {
        return new ImageGeneration(
                new Image(null, Base64.getEncoder().encodeToString(image.bytes())),
                TriptychImageGenerationMetadata.of(image));
    }

    private static Usage usage(ImageResult result) {
        return result.usage()
                .<Usage>map(usage -> {
                    Integer input = tokens(usage.inputTextTokens(), usage.inputImageTokens());
                    Integer output = tokens(usage.outputTokens(), OptionalLong.empty());
                    return new DefaultUsage(input, output, null, usage);
                })
                .orElseGet(EmptyUsage::new);
    }

    private static @Nullable Integer tokens(OptionalLong first, OptionalLong second) {
        return first.isEmpty() && second.isEmpty() ? null : Math.toIntExact(first.orElse(0) + second.orElse(0));
    }
}
