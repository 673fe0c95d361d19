package dev.triptych.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import okhttp3.HttpUrl;

/**
 * Hugging Face's inference API: {@code POST BASE/models/MODEL} with a prompt gives the bytes of one picture. A model
 * that is not loaded answers 503 and how long that may take; with {@code huggingface.wait-for-model} the server waits
 * instead. Some providers behind the router answer {@code {"data": […]}} or {@code {"output": [url]}}.
 *
 * <p>Source: huggingface_hub at ee0a4510, text_to_image.
 */
final class HuggingFaceProfile implements ServerProfile {

    private static final String EXTRA_OPTIONS = "huggingface.extra.";
    private static final String SCHEDULER = "huggingface.scheduler";
    private static final String WAIT_FOR_MODEL = "huggingface.wait-for-model";

    @Override
    public String id() {
        return "huggingface";
    }

    @Override
    public String defaultBaseUrl() {
        return "https://router.huggingface.co/hf-inference";
    }

    @Override
    public String defaultModel() {
        return "";
    }

    @Override
    public boolean needsKey() {
        return true;
    }

    @Override
    public String missing(ServerSettings settings) {
        return settings.model().isEmpty() ? "model must be set for profile huggingface but was not" : "";
    }

    /** Any model's: which sizes and steps it really makes is between the model and its card. */
    @Override
    public Capabilities.Builder capabilities(ServerSettings settings) {
        return Capabilities.builder()
                .honours(
                        Parameter.NEGATIVE_PROMPT,
                        Parameter.SIZE,
                        Parameter.SEED,
                        Parameter.STEPS,
                        Parameter.GUIDANCE_SCALE)
                .sizes(SizeRule.multiplesOf(8, 64, 4096, ImageSize.square(1024)))
                .outputFormats(Set.of())
                .options("huggingface", Set.of(SCHEDULER, WAIT_FOR_MODEL, EXTRA_OPTIONS + "*"));
    }

    @Override
    public ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences) {
        HttpUrl url = settings.resolve(
                "/models/" + ServerSettings.encoded(settings.model()).replace("%2F", "/"));
        Map<String, String> headers = new LinkedHashMap<>(Credentials.bearer(settings));
        headers.put("Accept", "image/*, application/json");
        if (Boolean.parseBoolean(request.options().get(WAIT_FOR_MODEL))) {
            headers.put("x-wait-for-model", "true");
        }
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("inputs", request.prompt());
        ObjectNode parameters = parameters(request, settings);
        if (!parameters.isEmpty()) {
            body.set("parameters", parameters);
        }
        return new ApiCall(url, headers, new ApiCall.Json(Json.bytes(body)));
    }

    private static ObjectNode parameters(ImageRequest request, ServerSettings settings) {
        ObjectNode parameters = Json.MAPPER.createObjectNode();
        request.guidanceScale().ifPresent(scale -> parameters.put("guidance_scale", scale));
        if (!request.negativePrompt().isEmpty()) {
            parameters.put("negative_prompt", request.negativePrompt());
        }
        request.steps().ifPresent(steps -> parameters.put("num_inference_steps", steps));
        request.size().ifPresent(size -> parameters.put("width", size.width()).put("height", size.height()));
        String scheduler = request.options().get(SCHEDULER);
        if (scheduler != null) {
            parameters.put("scheduler", scheduler);
        }
        request.seed().ifPresent(seed -> parameters.put("seed", seed));
        request.options().forEach((key, value) -> {
            if (key.startsWith(EXTRA_OPTIONS)) {
                parameters.set(key.substring(EXTRA_OPTIONS.length()), Json.scalarOrTree(value));
            }
        });
        Json.overlay(parameters, settings.options());
        return parameters;
    }
}
