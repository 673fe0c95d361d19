package dev.triptych.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.triptych.ContentRejectedException;
import dev.triptych.GeneratedImage;
import dev.triptych.ImageResult;
import dev.triptych.ResultMetadata;
import dev.triptych.Usage;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Our results as LangChain4j's responses. */
final class Responses {

    private Responses() {}

    static Response<List<Image>> of(ImageResult result) {
        List<Image> images = result.images().stream().map(Responses::image).toList();
        return Response.from(
                images, result.usage().map(Responses::tokens).orElse(null), finish(result), ResultMetadata.of(result));
    }

    private static Image image(GeneratedImage image) {
        return Image.builder()
                .base64Data(Base64.getEncoder().encodeToString(image.bytes()))
                .mimeType(image.mediaType())
                .revisedPrompt(image.revisedPrompt().orElse(null))
                .build();
    }

    private static TokenUsage tokens(Usage usage) {
        return new TokenUsage(
                sum(usage.inputTextTokens(), usage.inputImageTokens()),
                sum(usage.outputTokens(), OptionalLong.empty()));
    }

    private static @Nullable Integer sum(OptionalLong first, OptionalLong second) {
        return first.isEmpty() && second.isEmpty() ? null : Math.toIntExact(first.orElse(0) + second.orElse(0));
    }

    private static FinishReason finish(ImageResult result) {
        if (result.failures().isEmpty()) {
            return FinishReason.STOP;
        }
        boolean refused =
                result.failures().stream().anyMatch(failure -> failure.error() instanceof ContentRejectedException);
        return refused ? FinishReason.CONTENT_FILTER : FinishReason.OTHER;
    }
}
