package dev.triptych.resilience;

import dev.triptych.GeneratorInfo;
import java.util.List;

/**
 * Names of OpenTelemetry's <a href="https://github.com/open-telemetry/semantic-conventions-genai">semantic conventions
 * for generative AI</a>, v0.1.0 (status: development). They have no operation of their own for pictures: it is
 * {@code generate_content} with the output type {@code image}. What has no name there begins with {@code triptych.}.
 */
final class GenAiConventions {

    static final String OPERATION = "gen_ai.operation.name";
    static final String OPERATION_VALUE = "generate_content";
    static final String OUTPUT_TYPE = "gen_ai.output.type";
    static final String OUTPUT_TYPE_VALUE = "image";
    static final String PROVIDER = "gen_ai.provider.name";
    static final String REQUEST_MODEL = "gen_ai.request.model";
    static final String REQUEST_COUNT = "gen_ai.request.choice.count";
    static final String REQUEST_SEED = "gen_ai.request.seed";
    static final String RESPONSE_MODEL = "gen_ai.response.model";
    static final String ERROR_TYPE = "error.type";
    static final String INPUT_TOKENS = "gen_ai.usage.input_tokens";
    static final String INPUT_TEXT_TOKENS = "gen_ai.usage.text.input_tokens";
    static final String INPUT_IMAGE_TOKENS = "gen_ai.usage.image.input_tokens";
    static final String OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
    static final String OUTPUT_IMAGE_TOKENS = "gen_ai.usage.image.output_tokens";

    /** Histogram in seconds: the logical operation, with all its attempts. */
    static final String DURATION = "gen_ai.client.inference.duration";

    /** Counters of billable tokens, each with a {@link #MODALITY}. */
    static final String INPUT_TOKENS_COUNTER = "gen_ai.client.inference.usage.input_tokens";

    static final String OUTPUT_TOKENS_COUNTER = "gen_ai.client.inference.usage.output_tokens";
    static final String MODALITY = "gen_ai.token.modality";
    static final String TOKEN = "{token}";

    /** The conventions' own buckets in seconds, and two more: a picture may take minutes. */
    static final List<Double> DURATION_BUCKETS = List.of(
            0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68);

    private GenAiConventions() {}

    /** The provider as the conventions name it, or {@code triptych.local} for the engine on this machine. */
    static String provider(GeneratorInfo generator) {
        return generator.provider().equals("local") ? "triptych.local" : generator.provider();
    }

    /** The name of a request's span. */
    static String spanName(GeneratorInfo generator) {
        return OPERATION_VALUE + " " + generator.model();
    }

    /** A word of few values for what went wrong. */
    static String errorType(Throwable error) {
        return error.getClass().getSimpleName();
    }
}
