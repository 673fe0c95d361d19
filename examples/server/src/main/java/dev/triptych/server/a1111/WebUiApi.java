package dev.triptych.server.a1111;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.PngText;
import dev.triptych.server.http.AnswerThreads;
import dev.triptych.server.http.Bodies;
import dev.triptych.server.http.Fields;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.Generators;
import dev.triptych.server.jobs.Job;
import dev.triptych.server.jobs.JobFailures;
import dev.triptych.server.jobs.JobRequest;
import dev.triptych.server.jobs.JobStatus;
import dev.triptych.server.jobs.Jobs;
import dev.triptych.server.jobs.Progress;
import dev.triptych.server.pictures.UploadedPicture;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * AUTOMATIC1111's API, as far as the clients around it use it. Settings that the request leaves out are the generator's
 * own, not the web UI's, and what has no meaning here is passed over, as the web UI does. Thread-safe.
 */
public final class WebUiApi {

    private static final String BASE = "/sdapi/v1";
    private static final int MAX_PICTURES = 100;

    /** The words for yes in a query, as pydantic, which reads the web UI's, has them. */
    private static final Set<String> YES = Set.of("1", "on", "t", "true", "y", "yes");

    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("yyyyMMddHHmmss", Locale.ROOT);

    private final Jobs jobs;
    private final WebUiExtras extras;

    // Guarded by this.
    private final Set<String> running = new LinkedHashSet<>();
    private String chosen;

    /** The API of {@code jobs}. */
    public WebUiApi(Jobs jobs) {
        this.jobs = jobs;
        this.extras = new WebUiExtras(() -> jobs.generators().get(chosen()));
        this.chosen = jobs.generators().standard();
    }

    /** Adds the routes. */
    public void addTo(RoutesConfig routes) {
        routes.post(BASE + "/txt2img", context -> make(context, false));
        routes.post(BASE + "/img2img", context -> make(context, true));
        routes.get(BASE + "/progress", this::progress);
        routes.post(BASE + "/interrupt", context -> interrupt(context, Json.object()));
        routes.post(BASE + "/skip", context -> interrupt(context, Json.object().nullNode()));
        routes.get(BASE + "/options", context -> Bodies.answer(context, 200, options()));
        routes.post(BASE + "/options", this::setOptions);
        routes.get(BASE + "/sd-models", context -> Bodies.answer(context, 200, models()));
        routes.get(BASE + "/samplers", context -> Bodies.answer(context, 200, Samplers.samplers()));
        routes.get(BASE + "/schedulers", context -> Bodies.answer(context, 200, Samplers.schedulers()));
        routes.get(BASE + "/upscalers", context -> Bodies.answer(context, 200, extras.names()));
        routes.get(BASE + "/latent-upscale-modes", context -> Bodies.answer(context, 200, WebUiHires.latentModes()));
        for (String empty : List.of(
                "sd-vae",
                "loras",
                "prompt-styles",
                "hypernetworks",
                "face-restorers",
                "realesrgan-models",
                "extensions",
                "script-info")) {
            routes.get(BASE + "/" + empty, context -> Bodies.answer(context, 200, Json.array()));
        }
        routes.get(BASE + "/embeddings", context -> Bodies.answer(context, 200, embeddings()));
        routes.get(BASE + "/scripts", context -> Bodies.answer(context, 200, scripts()));
        routes.get(
                BASE + "/cmd-flags",
                context -> Bodies.answer(context, 200, Json.object().put("api", true)));
        routes.get(BASE + "/memory", context -> Bodies.answer(context, 200, memory()));
        routes.post(BASE + "/png-info", this::pngInfo);
        routes.post(BASE + "/extra-single-image", extras::single);
        routes.post(BASE + "/extra-batch-images", extras::batch);
        for (String nothing : List.of(
                "refresh-checkpoints", "refresh-vae", "refresh-loras", "unload-checkpoint", "reload-checkpoint")) {
            routes.post(
                    BASE + "/" + nothing,
                    context -> Bodies.answer(context, 200, Json.object().nullNode()));
        }
        routes.post(BASE + "/interrogate", context -> {
            throw new HttpFailure(404, "HTTPException", "Model not found");
        });
        routes.get("/internal/ping", context -> Bodies.answer(context, 200, Json.object()));
    }

    private void make(Context context, boolean fromPicture) {
        ObjectNode body = Bodies.json(context, Bodies.JSON_WITH_PICTURES);
        Fields fields = new Fields(body);
        String generator = generator(body.path("override_settings").path("sd_model_checkpoint"));
        ImageRequest request;
        try {
            request = request(fields, body, generator, fromPicture);
        } catch (IllegalArgumentException e) {
            throw new HttpFailure(422, "HTTPException", String.valueOf(e.getMessage()));
        }
        Job job = jobs.submit(JobRequest.of(request, generator, "sdapi"));
        synchronized (this) {
            running.add(job.id());
        }
        List<String> unheard = WebUiUnheard.warnings(body);
        boolean hasSecondPass = request.options().keySet().stream().anyMatch(name -> name.endsWith(".hires-scale"));
        if (WebUiHires.isWanted(fields) && !hasSecondPass) {
            unheard.add(
                    "enable_hr has no effect " + (fromPicture ? "with a picture to start from" : "with " + generator));
        }
        ObjectNode asked = body;
        asked.putNull("init_images").putNull("mask");
        context.future(() -> jobs.ending(job.id())
                .whenComplete((ended, error) -> forget(job.id()))
                .thenAcceptAsync(
                        ended -> Bodies.answer(context, 200, answer(ended, asked, unheard)), AnswerThreads.POOL));
    }

    private synchronized String chosen() {
        return chosen;
    }

    private synchronized void forget(String id) {
        running.remove(id);
    }

    private ImageRequest request(Fields fields, ObjectNode body, String generator, boolean fromPicture) {
        Optional<Capabilities> can = jobs.generators().facts(generator).map(Generators.Facts::capabilities);
        ImageRequest.Builder request = ImageRequest.builder()
                .prompt(fields.text("prompt").orElse(""))
                .negativePrompt(fields.text("negative_prompt").orElse(""));
        int count = fields.integer("batch_size").orElse(1)
                * fields.integer("n_iter").orElse(1);
        if (count < 1 || count > MAX_PICTURES) {
            throw new HttpFailure(
                    422,
                    "HTTPException",
                    "batch_size times n_iter must be between 1 and " + MAX_PICTURES + " but was " + count);
        }
        request.count(count);
        fields.whole("seed").filter(seed -> seed >= 0).ifPresent(request::seed);
        fields.integer("steps").ifPresent(request::steps);
        fields.number("cfg_scale").ifPresent(request::guidanceScale);
        Optional<Integer> width = fields.integer("width");
        Optional<Integer> height = fields.integer("height");
        options(fields, body, can, fromPicture).forEach(request::option);
        if (fromPicture) {
            start(fields, body, request, width, height);
        }
        if (width.isPresent() && height.isPresent()) {
            request.size(width.get(), height.get());
        }
        return request.build();
    }

    /** What the generator has an option for; prompts are read as the web UI reads them. */
    private static Map<String, String> options(
            Fields fields, ObjectNode body, Optional<Capabilities> can, boolean fromPicture) {
        String prefix = can.map(Capabilities::optionPrefix).orElse("");
        Map<String, String> wanted = new TreeMap<>();
        wanted.put(prefix + ".prompt-syntax", "a1111");
        Samplers.engineName(
                        fields.text("sampler_name").or(() -> fields.text("sampler_index")), fields.text("scheduler"))
                .ifPresent(name -> wanted.put(prefix + ".scheduler", name));
        clipSkip(body.path("override_settings").path("CLIP_stop_at_last_layers"), fields)
                .filter(skip -> skip > 0)
                .ifPresent(skip -> wanted.put(prefix + ".clip-skip", Integer.toString(skip)));
        wanted.putAll(WebUiNoise.options(prefix, fields, body.path("override_settings"), fromPicture));
        if (!fromPicture) {
            wanted.putAll(WebUiHires.options(
                    prefix,
                    fields,
                    fields.integer("width").orElse(0),
                    fields.integer("height").orElse(0)));
        }
        wanted.keySet()
                .removeIf(name -> !can.map(known -> known.knowsOption(name)).orElse(false));
        return wanted;
    }

    /** The web UI counts the layer that is read, from 1; we count those that are left out. */
    private static Optional<Integer> clipSkip(JsonNode override, Fields fields) {
        Optional<Integer> layer = fields.integer("clip_skip");
        return (override.isInt() ? Optional.of(override.intValue()) : layer).map(number -> number - 1);
    }

    private static void start(
            Fields fields,
            ObjectNode body,
            ImageRequest.Builder request,
            Optional<Integer> width,
            Optional<Integer> height) {
        JsonNode first = body.path("init_images").path(0);
        if (!first.isTextual()) {
            throw new HttpFailure(404, "HTTPException", "Init image not found");
        }
        ImageInput picture = UploadedPicture.ofBase64("init_images", first.textValue());
        request.input(picture).strength(fields.number("denoising_strength").orElse(0.75));
        JsonNode mask = body.path("mask");
        if (mask.isTextual() && !mask.textValue().isEmpty()) {
            boolean invert = fields.integer("inpainting_mask_invert").orElse(0) != 0;
            request.mask(WebUiMask.read(
                    UploadedPicture.ofBase64("mask", mask.textValue()),
                    picture.header().width(),
                    picture.header().height(),
                    fields.truth("mask_round").orElse(true),
                    invert));
        }
        if (width.isEmpty() || height.isEmpty()) {
            request.size(picture.header().width(), picture.header().height());
        }
    }

    /** The generator of a title, a name or a hash, else the one that was chosen with the options. */
    private String generator(JsonNode checkpoint) {
        synchronized (this) {
            if (!checkpoint.isTextual() || checkpoint.textValue().isBlank()) {
                return chosen;
            }
        }
        return named(checkpoint.textValue())
                .orElseThrow(() -> new HttpFailure(
                        404,
                        "HTTPException",
                        "model must be one of "
                                + String.join(", ", jobs.generators().names()) + " but was another"));
    }

    private Optional<String> named(String wanted) {
        String text = wanted.strip().toLowerCase(Locale.ROOT);
        return jobs.generators().names().stream()
                .filter(name -> name.toLowerCase(Locale.ROOT).equals(text)
                        || title(name).toLowerCase(Locale.ROOT).equals(text)
                        || (text.length() >= 10 && revision(name).startsWith(text)))
                .findFirst();
    }

    private String title(String name) {
        String hash = hash(name);
        return hash.isEmpty() ? name : name + " [" + hash + "]";
    }

    private String hash(String name) {
        String revision = revision(name);
        return revision.length() >= 10 ? revision.substring(0, 10) : "";
    }

    private String revision(String name) {
        return jobs.generators()
                .facts(name)
                .map(facts -> facts.info().revision())
                .orElse("");
    }

    private ObjectNode answer(Job job, ObjectNode asked, List<String> unheard) {
        ObjectNode answer = Json.object();
        ArrayNode images = answer.putArray("images");
        // A job that was interrupted gives what there is: nothing yet.
        if (job.status() != JobStatus.CANCELLED) {
            for (Job.Picture picture : JobFailures.completed(job).pictures()) {
                images.add(base64(jobs.pictures().bytes(picture.id()).orElseThrow()));
            }
        }
        answer.set("parameters", asked);
        answer.put("info", Json.text(info(job, unheard)));
        return answer;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private ObjectNode info(Job job, List<String> unheard) {
        JsonNode asked = Json.parse(job.requestJson());
        JsonNode used =
                job.making().map(making -> Json.parse(making.effectiveJson())).orElse(asked);
        long seed = job.pictures().isEmpty() ? -1 : job.pictures().get(0).seed().orElse(-1);
        ObjectNode info = Json.object()
                .put("prompt", asked.path("prompt").asText())
                .put("negative_prompt", asked.path("negativePrompt").asText())
                .put("seed", seed)
                .put(
                        "width",
                        job.pictures().isEmpty() ? 0 : job.pictures().get(0).width())
                .put(
                        "height",
                        job.pictures().isEmpty() ? 0 : job.pictures().get(0).height())
                .put(
                        "sampler_name",
                        used.path("options").path("local.scheduler").asText("Automatic"))
                .put("cfg_scale", used.path("guidanceScale").asDouble())
                .put("steps", used.path("steps").asInt())
                .put("batch_size", Math.max(1, job.pictures().size()))
                .put("restore_faces", false)
                .putNull("face_restoration_model")
                .put("sd_model_name", job.generator())
                .put("sd_model_hash", hash(job.generator()))
                .putNull("sd_vae_name")
                .putNull("sd_vae_hash")
                .put("seed_resize_from_w", -1)
                .put("seed_resize_from_h", -1)
                .put("denoising_strength", asked.path("strength").asDouble())
                .put("index_of_first_image", 0)
                .put("job_timestamp", TIMESTAMP.format(job.created().atZone(ZoneId.systemDefault())))
                .put("clip_skip", asked.path("options").path("local.clip-skip").asInt() + 1)
                .put("is_using_inpainting_conditioning", false)
                .put("version", "Triptych");
        ArrayNode prompts = info.putArray("all_prompts");
        ArrayNode negatives = info.putArray("all_negative_prompts");
        ArrayNode seeds = info.putArray("all_seeds");
        ArrayNode texts = info.putArray("infotexts");
        for (Job.Picture picture : job.pictures()) {
            prompts.add(asked.path("prompt").asText());
            negatives.add(asked.path("negativePrompt").asText());
            seeds.add(picture.seed().orElse(-1));
            texts.add(infotext(picture));
        }
        WebUiNoise.tell(info, used.path("options"), job.pictures().size());
        info.putObject("extra_generation_params");
        info.putArray("styles");
        ArrayNode warnings = info.putArray("triptych_warnings");
        job.warnings().forEach(warning -> warnings.add(warning.message()));
        unheard.forEach(warnings::add);
        return info;
    }

    private String infotext(Job.Picture picture) {
        byte[] bytes = jobs.pictures().bytes(picture.id()).orElseThrow();
        return picture.mediaType().equals("image/png")
                ? PngText.read(bytes).getOrDefault(GenerationParameters.PNG_KEYWORD, "")
                : "";
    }

    /** The newest job of this API; nothing where none is under way. */
    private synchronized Optional<Job> current() {
        return running.stream()
                .map(jobs::find)
                .flatMap(Optional::stream)
                .filter(job -> !job.status().isEnded())
                .findFirst();
    }

    private void progress(Context context) {
        Optional<Job> job = current();
        ObjectNode answer = Json.object();
        ObjectNode state =
                Json.object().put("skipped", false).put("interrupted", false).put("stopping_generation", false);
        if (job.isEmpty()) {
            answer.put("progress", 0.0).put("eta_relative", 0.0);
            state.put("job", "").put("job_count", 0).put("job_timestamp", "0").put("job_no", 0);
            state.put("sampling_step", 0).put("sampling_steps", 0);
            answer.putNull("current_image");
        } else {
            Progress now = jobs.progress(job.get()).orElse(null);
            int step = now == null ? 0 : now.step();
            int total = now == null ? 0 : now.total();
            // Never zero with work under way: pollers take that for idle.
            answer.put("progress", Math.min(1, 0.01 + (total > 0 ? (double) step / total : 0)));
            answer.put("eta_relative", now == null ? 0.0 : now.millisLeft().orElse(0) / 1000.0);
            state.put("job", job.get().id()).put("job_count", 1).put("job_no", 0);
            state.put("job_timestamp", TIMESTAMP.format(job.get().created().atZone(ZoneId.systemDefault())));
            state.put("sampling_step", step).put("sampling_steps", total);
            Optional<byte[]> preview = isOn(context.queryParam("skip_current_image"))
                    ? Optional.empty()
                    : jobs.preview(job.get().id());
            preview.ifPresentOrElse(
                    bytes -> answer.put("current_image", base64(bytes)), () -> answer.putNull("current_image"));
        }
        answer.set("state", state);
        answer.putNull("textinfo");
        Bodies.answer(context, 200, answer);
    }

    private static boolean isOn(@Nullable String value) {
        return value != null && YES.contains(value.toLowerCase(Locale.ROOT));
    }

    private void interrupt(Context context, JsonNode answer) {
        List<String> ids;
        synchronized (this) {
            ids = new ArrayList<>(running);
        }
        ids.forEach(jobs::cancel);
        Bodies.answer(context, 200, answer);
    }

    private synchronized ObjectNode options() {
        return Json.object()
                .put("sd_model_checkpoint", title(chosen))
                .put("sd_checkpoint_hash", revision(chosen))
                .put("sd_vae", "Automatic")
                .put("CLIP_stop_at_last_layers", 1)
                .put("samples_format", "png")
                .put("img2img_fix_steps", false)
                .put("randn_source", "CPU")
                .put("eta_noise_seed_delta", 0)
                .putNull("face_restoration_model")
                .put("show_progress_every_n_steps", 1)
                .put("live_previews_enable", true);
    }

    private void setOptions(Context context) {
        ObjectNode body = Bodies.json(context, Bodies.JSON);
        JsonNode checkpoint = body.path("sd_model_checkpoint");
        if (checkpoint.isTextual() && !checkpoint.textValue().isBlank()) {
            String name = generator(checkpoint);
            synchronized (this) {
                chosen = name;
            }
        }
        Bodies.answer(context, 200, Json.object().nullNode());
    }

    private ArrayNode models() {
        ArrayNode list = Json.array();
        for (String name : jobs.generators().names()) {
            list.addObject()
                    .put("title", title(name))
                    .put("model_name", name)
                    .put("hash", hash(name))
                    .put("sha256", revision(name))
                    .put("filename", name)
                    .putNull("config");
        }
        return list;
    }

    private static ObjectNode embeddings() {
        ObjectNode answer = Json.object();
        answer.putObject("loaded");
        answer.putObject("skipped");
        return answer;
    }

    private static ObjectNode scripts() {
        ObjectNode answer = Json.object();
        answer.putArray("txt2img");
        answer.putArray("img2img");
        return answer;
    }

    private static ObjectNode memory() {
        Runtime runtime = Runtime.getRuntime();
        ObjectNode answer = Json.object();
        answer.putObject("ram")
                .put("free", runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory())
                .put("used", runtime.totalMemory() - runtime.freeMemory())
                .put("total", runtime.maxMemory());
        answer.putObject("cuda").put("error", "unavailable");
        return answer;
    }

    private void pngInfo(Context context) {
        ImageInput picture = picture(Bodies.json(context, Bodies.JSON_WITH_PICTURES));
        Map<String, String> texts = Map.of();
        if (picture.header().mediaType().equals("image/png")) {
            try {
                texts = PngText.read(picture.bytes());
            } catch (IllegalArgumentException e) {
                throw HttpFailure.badField("image", "image: " + e.getMessage());
            }
        }
        String parameters = texts.getOrDefault(GenerationParameters.PNG_KEYWORD, "");
        ObjectNode answer = Json.object().put("info", parameters);
        ObjectNode items = answer.putObject("items");
        texts.forEach(items::put);
        ObjectNode parsed = answer.putObject("parameters");
        if (!parameters.isEmpty()) {
            GenerationParameters read = GenerationParameters.parse(parameters);
            parsed.put("Prompt", read.prompt()).put("Negative prompt", read.negativePrompt());
            read.settings().forEach(parsed::put);
        }
        Bodies.answer(context, 200, answer);
    }

    private static ImageInput picture(ObjectNode body) {
        JsonNode image = body.path("image");
        if (!image.isTextual()) {
            throw new HttpFailure(404, "HTTPException", "Image not found");
        }
        return UploadedPicture.ofBase64("image", image.textValue());
    }
}
