package dev.triptych.server.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.GeneratedImage;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageGrid;
import dev.triptych.server.api.Money;
import dev.triptych.server.http.Fields;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.Generators;
import dev.triptych.server.jobs.Job;
import dev.triptych.server.jobs.JobEvents;
import dev.triptych.server.jobs.JobRequest;
import dev.triptych.server.jobs.JobStatus;
import dev.triptych.server.jobs.Jobs;
import dev.triptych.server.pictures.PictureSettings;
import dev.triptych.server.pictures.PictureStore;
import dev.triptych.server.pictures.Previews;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * The tools of the MCP server. A tool that fails says so in its result, in words that a model can act on. Thread-safe.
 */
final class McpTools {

    private static final int MAX_COUNT = 4;
    private static final int PREVIEW_EDGE = 1024;
    private static final int PREVIEW_BASE64 = 300_000;
    private static final float[] QUALITIES = {0.8f, 0.65f, 0.5f, 0.35f};
    private static final int DEFAULT_WAIT_SECONDS = 50;
    private static final int MAX_WAIT_SECONDS = 600;

    private final Jobs jobs;
    private final Money money;
    private final McpSettings settings;
    private final LongSupplier nanos;

    McpTools(Jobs jobs, Money money, McpSettings settings, LongSupplier nanos) {
        this.jobs = jobs;
        this.money = money;
        this.settings = settings;
        this.nanos = nanos;
    }

    /** A call under way: where its progress goes, and the job to stop when it is cancelled. */
    interface Call {
        /** Tells how far it is; only called where the client asked. */
        void progress(double done, double total, String message);

        /** Whether the client asked for progress. */
        boolean wantsProgress();

        /** The call runs as job {@code id} from now on. */
        void runsAs(String id);
    }

    /** The tools, always in this order. */
    ArrayNode list() {
        ArrayNode tools = Json.array();
        tools.add(tool(
                "generate_image",
                "Make a picture",
                "Makes pictures from words with one of the configured generators. Returns a small preview, the seed, the"
                        + " cost and a link to the full picture.",
                makingSchema(false),
                false));
        tools.add(tool(
                "edit_image",
                "Edit a picture",
                "Makes a picture from another one and words; with a mask, only where the mask is white (or, in a mask with"
                        + " transparency, transparent) is painted anew.",
                makingSchema(true),
                false));
        tools.add(tool(
                "list_generators",
                "List the generators",
                "Who can paint: name, model, whether it is free, sizes and settings.",
                schema(Json.object()),
                true));
        tools.add(tool(
                "describe_image",
                "Read a picture's settings",
                "Size and format of a picture, and the prompt and settings that it carries.",
                schema(Json.object().set("image", text(imageHelp())), "image"),
                true));
        tools.add(tool(
                "get_job",
                "Look at a job",
                "The result of an earlier call that took longer than its wait_seconds.",
                schema(Json.object().set("job", text("The id that the call returned.")), "job"),
                true));
        return tools;
    }

    private static ObjectNode tool(String name, String title, String description, ObjectNode schema, boolean readOnly) {
        ObjectNode tool = Json.object().put("name", name).put("title", title).put("description", description);
        tool.set("inputSchema", schema);
        tool.putObject("annotations")
                .put("title", title)
                .put("readOnlyHint", readOnly)
                .put("destructiveHint", false)
                .put("idempotentHint", readOnly)
                .put("openWorldHint", !readOnly);
        return tool;
    }

    private ObjectNode makingSchema(boolean edit) {
        ObjectNode properties = Json.object();
        properties.set("prompt", text("What the picture shall show."));
        if (edit) {
            properties.set("image", text(imageHelp()));
            properties.set("mask", text("A picture of the same size: white = paint anew. Given as the image is."));
            properties.set("strength", number("How far to leave the old picture: 0 = not at all, 1 = anywhere.", 0, 1));
        }
        properties.set("negative_prompt", text("What to steer away from."));
        ObjectNode generator = text("Who paints. Default: " + jobs.generators().standard() + ".");
        jobs.generators().names().forEach(generator.putArray("enum")::add);
        properties.set("generator", generator);
        properties.set("width", whole("Pixels from left to right.", 1, 16_384));
        properties.set("height", whole("Pixels from top to bottom.", 1, 16_384));
        properties.set("seed", whole("The same seed and settings give the same picture.", 0, Long.MAX_VALUE));
        properties.set("steps", whole("Denoising steps.", 1, 1000));
        properties.set("guidance_scale", number("How closely to follow the words.", 0, 100));
        properties.set("count", whole("How many pictures.", 1, MAX_COUNT));
        properties.set(
                "preview",
                Json.object().put("type", "boolean").put("description", "Whether a small preview comes back; true."));
        properties.set(
                "wait_seconds", whole("How long to wait before the job's id comes back instead.", 0, MAX_WAIT_SECONDS));
        return edit ? schema(properties, "prompt", "image") : schema(properties, "prompt");
    }

    private String imageHelp() {
        return settings.roots().isEmpty()
                ? "The id of a picture of this server."
                : "The path of a picture below " + settings.roots() + ", or the id of a picture of this server.";
    }

    private static ObjectNode schema(JsonNode properties, String... required) {
        ObjectNode schema = Json.object().put("type", "object");
        schema.set("properties", properties);
        ArrayNode names = schema.putArray("required");
        for (String name : required) {
            names.add(name);
        }
        return schema.put("additionalProperties", false);
    }

    private static ObjectNode text(String description) {
        return Json.object().put("type", "string").put("description", description);
    }

    private static ObjectNode whole(String description, long min, long max) {
        return Json.object()
                .put("type", "integer")
                .put("description", description)
                .put("minimum", min)
                .put("maximum", max);
    }

    private static ObjectNode number(String description, double min, double max) {
        return Json.object()
                .put("type", "number")
                .put("description", description)
                .put("minimum", min)
                .put("maximum", max);
    }

    /**
     * Runs the tool {@code name}.
     *
     * @throws McpError if there is no such tool
     */
    ObjectNode call(String name, ObjectNode arguments, Call call) {
        try {
            return switch (name) {
                case "generate_image" -> make(arguments, call, false);
                case "edit_image" -> make(arguments, call, true);
                case "list_generators" -> generators();
                case "describe_image" -> describe(new Fields(arguments));
                case "get_job" -> job(new Fields(arguments));
                default -> throw new McpError(McpError.INVALID_PARAMS, "there is no such tool; tools/list names them");
            };
        } catch (HttpFailure failure) {
            return failed(failure.sentence());
        }
    }

    private static ObjectNode failed(String sentence) {
        ObjectNode result = Json.object();
        result.putArray("content").addObject().put("type", "text").put("text", sentence);
        return result.put("isError", true);
    }

    private ObjectNode make(ObjectNode arguments, Call call, boolean edit) {
        Fields fields = new Fields(arguments);
        String generator = jobs.generators()
                .require(fields.text("generator").orElse(jobs.generators().standard()));
        if (!jobs.generators().isFree(generator) && !money.hasBudget()) {
            return failed(
                    generator + " costs money, and there is no budget: section \"budget\" of triptych.yaml must say"
                            + " how much may be spent before a model may ask for it");
        }
        boolean preview = fields.truth("preview").orElse(true);
        int wait =
                fields.integer("wait_seconds").orElse(call.wantsProgress() ? MAX_WAIT_SECONDS : DEFAULT_WAIT_SECONDS);
        ImageRequest request = request(fields, edit);
        if (!fields.rest().isEmpty()) {
            throw HttpFailure.badRequest(
                    "arguments have an unknown field \"" + fields.rest().get(0) + "\"");
        }
        ToldProgress progress = new ToldProgress(call, nanos);
        JobEvents.Subscription listening = listening(call, progress);
        try (listening) {
            Job job = jobs.submit(JobRequest.of(request, generator, "mcp"));
            call.runsAs(job.id());
            progress.of(job.id());
            return await(job, Math.max(0, Math.min(MAX_WAIT_SECONDS, wait)), preview);
        }
    }

    private ImageRequest request(Fields fields, boolean edit) {
        ImageRequest.Builder request =
                ImageRequest.builder().prompt(fields.text("prompt").orElse(""));
        fields.text("negative_prompt").ifPresent(request::negativePrompt);
        Optional<Integer> width = fields.integer("width");
        Optional<Integer> height = fields.integer("height");
        try {
            if (width.isPresent() && height.isPresent()) {
                request.size(new ImageSize(width.get(), height.get()));
            }
            fields.whole("seed").ifPresent(request::seed);
            fields.integer("steps").ifPresent(request::steps);
            fields.number("guidance_scale").ifPresent(request::guidanceScale);
            fields.number("strength").ifPresent(request::strength);
            int count = fields.integer("count").orElse(1);
            if (count < 1 || count > MAX_COUNT) {
                throw HttpFailure.badField("count", "count must be between 1 and " + MAX_COUNT + " but was " + count);
            }
            request.count(count);
            if (edit) {
                request.input(picture("image", fields.text("image").orElse("")));
                fields.text("mask").ifPresent(where -> request.mask(picture("mask", where)));
            }
            return request.build();
        } catch (IllegalArgumentException e) {
            throw HttpFailure.badRequest(String.valueOf(e.getMessage()));
        }
    }

    /** A picture by its id, or by a path below an allowed folder, links resolved. */
    private ImageInput picture(String field, String where) {
        Optional<byte[]> known = jobs.pictures().bytes(where);
        if (known.isPresent()) {
            return ImageInput.of(known.get());
        }
        try {
            Path file = Path.of(where).toRealPath();
            for (Path root : settings.roots()) {
                if (file.startsWith(root.toRealPath())) {
                    ImageInput picture = ImageInput.of(file);
                    PictureStore.checkSize(picture.header());
                    return picture;
                }
            }
        } catch (IOException | IllegalArgumentException unreadable) {
            // It is said below in the same words as for a path that is not allowed: who asks learns nothing of it.
        }
        throw HttpFailure.badField(
                field,
                field + " must be " + (settings.roots().isEmpty() ? "" : "a picture below " + settings.roots() + " or ")
                        + "the id of a picture of this server, but is not");
    }

    private JobEvents.Subscription listening(Call call, ToldProgress progress) {
        return call.wantsProgress()
                ? jobs.events().subscribe(OptionalLong.empty(), progress).orElse(() -> {})
                : () -> {};
    }

    private ObjectNode await(Job job, int seconds, boolean preview) {
        CompletableFuture<Job> ending = jobs.ending(job.id());
        try {
            return result(ending.get(seconds, TimeUnit.SECONDS), preview);
        } catch (TimeoutException e) {
            ObjectNode result = Json.object();
            result.putArray("content")
                    .addObject()
                    .put("type", "text")
                    .put(
                            "text",
                            "The picture is still being made. Call get_job with job \"" + job.id() + "\" in a while.");
            result.putObject("structuredContent").put("job", job.id()).put("status", JobStatus.RUNNING.word());
            return result;
        } catch (ExecutionException e) {
            return failed("the job's state could not be kept; the server's log says why");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            jobs.cancel(job.id());
            return failed("cancelled");
        }
    }

    private ObjectNode result(Job job, boolean preview) {
        if (job.status() != JobStatus.COMPLETED) {
            return failed(job.failure().map(Job.Failure::message).orElse("cancelled")
                    + (job.status() == JobStatus.UNKNOWN
                            ? "; it may have been billed, so do not ask again before a person has looked"
                            : ""));
        }
        ObjectNode result = Json.object();
        ArrayNode content = result.putArray("content");
        ObjectNode structured =
                Json.object().put("job", job.id()).put("status", job.status().word());
        ArrayNode pictures = structured.putArray("pictures");
        List<BufferedImage> decoded = new ArrayList<>();
        StringBuilder lines = new StringBuilder();
        List<ObjectNode> links = new ArrayList<>();
        for (Job.Picture picture : job.pictures()) {
            byte[] bytes = jobs.pictures().bytes(picture.id()).orElseThrow();
            String where = where(picture, bytes);
            pictures.add(structured(picture, where));
            lines.append(where).append("  ").append(picture.width()).append('x').append(picture.height());
            picture.seed().ifPresent(seed -> lines.append(", seed ").append(seed));
            lines.append(", id ").append(picture.id()).append('\n');
            links.add(link(picture, where));
            if (preview) {
                decoded.add(ImageDecoder.decode(bytes));
            }
        }
        String cost = job.making()
                .flatMap(Job.Making::cost)
                .map(sum -> sum.amount().toPlainString() + " " + sum.currency())
                .orElse(jobs.generators().isFree(job.generator()) ? "free" : "not known");
        structured.put("cost", cost);
        lines.append("Cost: ").append(cost);
        ArrayNode warnings = structured.putArray("warnings");
        job.warnings().forEach(warning -> {
            warnings.add(warning.message());
            lines.append("\nNote: ").append(warning.message());
        });
        if (!decoded.isEmpty()) {
            content.addObject()
                    .put("type", "image")
                    .put("data", preview(decoded))
                    .put("mimeType", "image/jpeg");
        }
        content.addObject().put("type", "text").put("text", lines.toString());
        links.forEach(content::add);
        result.set("structuredContent", structured);
        return result;
    }

    private static ObjectNode structured(Job.Picture picture, String where) {
        ObjectNode json = Json.object()
                .put("id", picture.id())
                .put("location", where)
                .put("width", picture.width())
                .put("height", picture.height());
        picture.seed().ifPresent(seed -> json.put("seed", seed));
        return json;
    }

    /** A file to open where the client is on this machine, else an address. */
    private String where(Job.Picture picture, byte[] bytes) {
        if (settings.output().isPresent()) {
            GeneratedImage image = GeneratedImage.of(bytes);
            Path file = settings.output()
                    .get()
                    .toAbsolutePath()
                    .resolve("triptych-" + picture.id().substring(0, 12) + "." + image.fileExtension());
            try {
                Files.createDirectories(settings.output().get());
                image.writeTo(file);
                return file.toString();
            } catch (IOException e) {
                throw new HttpFailure(500, "storage", "the output folder must be writable but is not");
            }
        }
        return settings.baseUrl().orElse("") + "/api/pictures/" + picture.id();
    }

    private ObjectNode link(Job.Picture picture, String where) {
        return Json.object()
                .put("type", "resource_link")
                .put(
                        "uri",
                        settings.output().isPresent() ? Path.of(where).toUri().toString() : where)
                .put("name", picture.id())
                .put("mimeType", picture.mediaType())
                .put("size", picture.bytes());
    }

    /** One small JPEG of up to four pictures. */
    private static String preview(List<BufferedImage> pictures) {
        BufferedImage shown = pictures.size() == 1 ? pictures.get(0) : ImageGrid.compose(pictures, 2);
        int edge = PREVIEW_EDGE;
        while (true) {
            for (float quality : QUALITIES) {
                String base64 = Base64.getEncoder().encodeToString(Previews.jpeg(shown, edge, quality));
                if (base64.length() <= PREVIEW_BASE64) {
                    return base64;
                }
            }
            edge /= 2;
        }
    }

    private ObjectNode generators() {
        ObjectNode structured = Json.object();
        ArrayNode list = structured.putArray("generators");
        StringBuilder lines = new StringBuilder();
        for (String name : jobs.generators().names()) {
            ObjectNode entry = list.addObject()
                    .put("name", name)
                    .put("default", name.equals(jobs.generators().standard()));
            Optional<Generators.Facts> facts = jobs.generators().facts(name);
            if (facts.isEmpty()) {
                String problem = jobs.generators().problem(name).orElse("it cannot be used right now");
                entry.put("problem", problem);
                lines.append(name).append(": ").append(problem).append('\n');
                continue;
            }
            entry.put("model", facts.get().info().model())
                    .put("free", facts.get().isFree())
                    .put("sizes", facts.get().capabilities().sizes().describe());
            money.price(name).ifPresent(price -> entry.set("price", price));
            ArrayNode operations = entry.putArray("operations");
            facts.get().capabilities().operations().forEach(each -> operations.add(each.name()));
            lines.append(name)
                    .append(": model ")
                    .append(facts.get().info().model())
                    .append(facts.get().isFree() ? ", free" : ", costs money")
                    .append(", ")
                    .append(facts.get().capabilities().sizes().describe())
                    .append('\n');
        }
        return answer(lines.toString().strip(), structured);
    }

    private ObjectNode describe(Fields fields) {
        ImageInput picture = picture("image", fields.text("image").orElse(""));
        ObjectNode structured = Json.object()
                .put("id", jobs.pictures().put(picture.bytes()))
                .put("mediaType", picture.header().mediaType())
                .put("width", picture.header().width())
                .put("height", picture.header().height());
        PictureSettings.read(picture.bytes()).ifPresent(settingsIn -> structured.set("settings", settingsIn.json()));
        return answer(Json.text(structured), structured);
    }

    private ObjectNode job(Fields fields) {
        Job job = jobs.find(fields.text("job").orElse("")).orElseThrow(() -> HttpFailure.notFound("job"));
        if (job.status().isEnded()) {
            return result(job, true);
        }
        ObjectNode structured =
                Json.object().put("job", job.id()).put("status", job.status().word());
        return answer("The picture is still being made.", structured);
    }

    private static ObjectNode answer(String text, ObjectNode structured) {
        ObjectNode result = Json.object();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        result.set("structuredContent", structured);
        return result;
    }

    void cancel(String job) {
        jobs.cancel(job);
    }
}
