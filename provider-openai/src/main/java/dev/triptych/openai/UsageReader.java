package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Usage;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads the {@code usage} of an answer: OpenAI's counts, or the older names that LiteLLM uses. A server that counts
 * nothing sends zeros, which say nothing.
 */
final class UsageReader {

    private UsageReader() {}

    /** The counts of {@code usage}; empty where they are missing or all zero. */
    static Optional<Usage> read(JsonNode usage) {
        JsonNode details = usage.path("input_tokens_details");
        OptionalLong text = count(details.path("text_tokens"));
        OptionalLong image = count(details.path("image_tokens"));
        if (text.isEmpty() && image.isEmpty()) {
            text = count(usage.path("input_tokens"));
        }
        if (text.isEmpty()) {
            text = count(usage.path("prompt_tokens"));
        }
        OptionalLong output = count(usage.path("output_tokens"));
        if (output.isEmpty()) {
            output = count(usage.path("completion_tokens"));
        }
        boolean says = text.orElse(0) + image.orElse(0) + output.orElse(0) > 0;
        return says ? Optional.of(new Usage(text, image, output)) : Optional.empty();
    }

    private static OptionalLong count(JsonNode value) {
        return value.canConvertToLong() ? OptionalLong.of(value.asLong()) : OptionalLong.empty();
    }
}
