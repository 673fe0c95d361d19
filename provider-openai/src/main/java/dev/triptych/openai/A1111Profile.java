package dev.triptych.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageMask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A server of one's own that speaks AUTOMATIC1111's API: that one, Forge, SD.Next, koboldcpp, stable-diffusion.cpp's
 * server, Draw Things. {@code POST BASE/sdapi/v1/txt2img} or {@code img2img} answers when the pictures are there; how
 * far they are is asked for meanwhile ({@link A1111Watch}). Several pictures of one call have seeds that count on.
 *
 * <p>A key {@code user:password} goes as Basic authentication ({@code --api-auth}), any other as Bearer.
 *
 * <p>Source: AUTOMATIC1111/stable-diffusion-webui, modules/api/api.py and models.py; Forge dfdcbab6, the same paths.
 */
final class A1111Profile implements ServerProfile {

    private static final String EXTRA_OPTIONS = "a1111.extra.";
    private static final String SAMPLER = "a1111.sampler";
    private static final String SCHEDULER = "a1111.scheduler";

    /** As the server has it where an input picture comes without a strength. */
    private static final double DEFAULT_STRENGTH = 0.75;

    /** A mask's masked area begins as what the input shows there; the server's default is to fill it first. */
    private static final int FILL_WITH_ORIGINAL = 1;

    @Override
    public String id() {
        return "a1111";
    }

    @Override
    public String vendor() {
        return "a1111";
    }

    @Override
    public String defaultBaseUrl() {
        return ModelTable.vendor(id()).path("base-url").asText();
    }

    @Override
    public String defaultModel() {
        return "";
    }

    @Override
    public boolean needsKey() {
        return false;
    }

    @Override
    public String trimmed(String baseUrl) {
        return baseUrl.replaceFirst("/sdapi(/.*)?$", "");
    }

    @Override
    public Capabilities.Builder capabilities(ServerSettings settings) {
        return settings.profile()
                .capabilities()
                .options("a1111", Set.of(SAMPLER, SCHEDULER, EXTRA_OPTIONS + "*"))
                .previews(true);
    }

    /** Without a size an input's own counts, since the server would stretch it to 512×512. */
    @Override
    public ImageRequest settle(ImageRequest request, ServerSettings settings, Differences differences) {
        if (request.inputs().isEmpty() || request.size().isPresent()) {
            return request;
        }
        ImageInput first = request.inputs().get(0);
        return request.toBuilder()
                .size(new ImageSize(
                        multipleOfEight(first.header().width()),
                        multipleOfEight(first.header().height())))
                .build();
    }

    private static int multipleOfEight(int edge) {
        return Math.max(8, Math.round(edge / 8f) * 8);
    }

    @Override
    public ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences) {
        String task = "task(triptych-" + UUID.randomUUID() + ")";
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("prompt", request.prompt());
        if (!request.negativePrompt().isEmpty()) {
            body.put("negative_prompt", request.negativePrompt());
        }
        body.put("n_iter", request.count());
        body.put("batch_size", 1);
        request.size().ifPresent(size -> body.put("width", size.width()).put("height", size.height()));
        request.seed().ifPresent(seed -> body.put("seed", seed));
        request.steps().ifPresent(steps -> body.put("steps", steps));
        request.guidanceScale().ifPresent(scale -> body.put("cfg_scale", scale));
        Optional.ofNullable(request.options().get(SAMPLER)).ifPresent(name -> body.put("sampler_name", name));
        Optional.ofNullable(request.options().get(SCHEDULER)).ifPresent(name -> body.put("scheduler", name));
        if (!settings.model().isEmpty()) {
            body.putObject("override_settings").put("sd_model_checkpoint", settings.model());
        }
        body.put("do_not_save_grid", true);
        body.put("force_task_id", task);
        writeInputs(body, request, settings, differences);
        request.options().forEach((key, value) -> {
            if (key.startsWith(EXTRA_OPTIONS)) {
                body.set(key.substring(EXTRA_OPTIONS.length()), Json.scalarOrTree(value));
            }
        });
        Json.overlay(body, settings.options());
        Map<String, String> headers = new LinkedHashMap<>(credentials(settings));
        headers.put("Accept", "application/json");
        String path = request.inputs().isEmpty() ? "/sdapi/v1/txt2img" : "/sdapi/v1/img2img";
        return new ApiCall(settings.resolve(path), headers, new ApiCall.Json(Json.bytes(body))).tagged(task);
    }

    /** {@code Basic} for {@code user:password}, else {@code Bearer}; nothing where there is no key. */
    static Map<String, String> credentials(ServerSettings settings) {
        String secret = Credentials.secret(settings);
        if (settings.bearerToken().isPresent() || secret.indexOf(':') < 0) {
            return Credentials.bearer(settings);
        }
        String encoded = Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8));
        return Map.of("Authorization", "Basic " + encoded);
    }

    private static void writeInputs(
            ObjectNode body, ImageRequest request, ServerSettings settings, Differences differences) {
        if (request.inputs().isEmpty()) {
            return;
        }
        ArrayNode pictures = body.putArray("init_images");
        new InputConverter(settings.profile().inputs(), differences)
                .convert(request.toBuilder().mask(null).build())
                .images()
                .forEach(picture -> pictures.add(picture.base64()));
        body.put("denoising_strength", request.strength().orElse(DEFAULT_STRENGTH));
        request.mask().ifPresent(mask -> {
            body.put("mask", Base64.getEncoder().encodeToString(white(mask, differences)));
            body.put("inpainting_mask_invert", 0);
            body.put("inpainting_fill", FILL_WITH_ORIGINAL);
            body.put("inpaint_full_res", false);
        });
    }

    /** White is repainted, by ours and by theirs. */
    private static byte[] white(ImageInput mask, Differences differences) {
        try {
            return ImageDecoder.encodePng(ImageMask.decode(mask.bytes()).toWhite());
        } catch (IllegalArgumentException e) {
            throw (RuntimeException) differences
                    .unsupported("mask must be a readable picture but was not: " + e.getMessage())
                    .initCause(e);
        }
    }

    @Override
    public <T> T during(ApiCall call, ServerSettings settings, SideCalls side, Supplier<T> exchange) {
        return new A1111Watch(call.tag(), settings, side).around(exchange);
    }

    @Override
    public ImagesAnswer decode(ApiAnswer answer, long maxImageBytes, ErrorMapper errors, Consumer<byte[]> preview)
            throws IOException {
        return A1111AnswerReader.read(answer, maxImageBytes, errors);
    }
}
