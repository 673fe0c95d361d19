package dev.triptych.server.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ImageInput;
import dev.triptych.server.http.AnswerThreads;
import dev.triptych.server.http.Bodies;
import dev.triptych.server.http.EventStream;
import dev.triptych.server.http.Form;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.Job;
import dev.triptych.server.jobs.JobEvents;
import dev.triptych.server.jobs.JobFailures;
import dev.triptych.server.jobs.JobRequest;
import dev.triptych.server.jobs.Jobs;
import dev.triptych.server.openai.ImagesRequest.Route;
import dev.triptych.server.pictures.UploadedPicture;
import dev.triptych.server.security.RequestGate;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** OpenAI's images API: generations, edits, variations, models; with streaming and the extensions of other servers. */
public final class ImagesApi {

    private static final Set<String> PICTURES = Set.of("image", "mask");

    private final Jobs jobs;
    private final Models models;

    /**
     * The API of {@code jobs}.
     *
     * @param aliases whether OpenAI's own model names lead to the default generator
     */
    public ImagesApi(Jobs jobs, boolean aliases) {
        this.jobs = jobs;
        this.models = new Models(jobs.generators(), aliases);
    }

    /** Adds the routes, each with {@code /v1} and without, since clients are given base URLs of both kinds. */
    public void addTo(RoutesConfig routes) {
        for (String base : List.of("/v1", "", "/openai/deployments/{deployment}")) {
            routes.post(base + "/images/generations", context -> make(context, Route.GENERATIONS));
            routes.post(base + "/images/edits", context -> make(context, Route.EDITS));
            routes.post(base + "/images/variations", context -> make(context, Route.VARIATIONS));
        }
        for (String base : List.of("/v1", "")) {
            routes.get(base + "/models", context -> Bodies.answer(context, 200, models.list()));
            routes.get(
                    base + "/models/{model}",
                    context -> Bodies.answer(
                            context, 200, models.model(models.generator(Optional.of(context.pathParam("model"))))));
        }
    }

    private void make(Context context, Route route) {
        ImagesRequest asked = read(context, route);
        Job job = jobs.submit(new JobRequest(
                asked.request(),
                asked.generator(),
                RequestGate.clientOf(context.req()),
                Optional.ofNullable(context.header("Idempotency-Key")).filter(key -> !key.isBlank()),
                Optional.empty()));
        context.header("x-triptych-job", job.id());
        if (!asked.ignored().isEmpty()) {
            context.header("x-triptych-ignored", headerSafe(String.join(", ", asked.ignored())));
        }
        if (asked.stream()) {
            stream(context, route, asked, job.id());
        } else {
            String base = baseOf(context);
            context.future(() -> jobs.ending(job.id())
                    .thenAcceptAsync(
                            ended -> Bodies.answer(context, 200, answer(JobFailures.completed(ended), asked, base)),
                            AnswerThreads.POOL));
        }
    }

    /** Names of fields are a client's own text; a header takes the plain ones. */
    private static String headerSafe(String text) {
        String plain = text.replaceAll("[^ -~]", "?");
        return plain.length() > 1000 ? plain.substring(0, 1000) : plain;
    }

    private ImagesRequest read(Context context, Route route) {
        List<ImageInput> images = new ArrayList<>();
        Optional<ImageInput> mask = Optional.empty();
        ObjectNode body;
        if (Form.isOne(context)) {
            Form form = Form.read(context, PICTURES);
            body = form.fields();
            form.pictures()
                    .getOrDefault("image", List.of())
                    .forEach(bytes -> images.add(UploadedPicture.of("image", bytes)));
            mask = form.pictures().getOrDefault("mask", List.of()).stream()
                    .findFirst()
                    .map(bytes -> UploadedPicture.of("mask", bytes));
        } else {
            body = Bodies.json(context, route == Route.GENERATIONS ? Bodies.JSON : Bodies.JSON_WITH_PICTURES);
            picturesOf(body, images);
            JsonNode inMask = body.remove("mask");
            if (inMask != null && !inMask.isNull()) {
                mask = Optional.of(pictureIn("mask", inMask));
            }
        }
        String deployment = context.pathParamMap().get("deployment");
        if (deployment != null && !body.has("model")) {
            body.put("model", deployment);
        }
        return ImagesRequest.read(route, body, images, mask, models, jobs.generators());
    }

    /**
     * Fields {@code images: [{image_url}]} as OpenAI has them, or {@code image} as others do: data URLs and Base64
     * alone.
     */
    private static void picturesOf(ObjectNode body, List<ImageInput> found) {
        for (String name : List.of("images", "image")) {
            JsonNode given = body.remove(name);
            if (given == null || given.isNull()) {
                continue;
            }
            if (given.isArray()) {
                given.forEach(each -> found.add(pictureIn(name, each)));
            } else {
                found.add(pictureIn(name, given));
            }
        }
    }

    private static ImageInput pictureIn(String field, JsonNode node) {
        JsonNode text = node.isObject() ? node.path("image_url") : node;
        if (!text.isTextual()) {
            throw HttpFailure.badField(field, field + " must be a picture in Base64 or a data URL but was not");
        }
        return UploadedPicture.ofBase64(field, text.textValue());
    }

    private static String baseOf(Context context) {
        return context.scheme() + "://"
                + Optional.ofNullable(context.header("Host")).orElse("localhost");
    }

    private ObjectNode answer(Job job, ImagesRequest asked, String base) {
        ObjectNode answer = Json.object().put("created", created(job));
        ArrayNode data = answer.putArray("data");
        for (Job.Picture picture : job.pictures()) {
            ObjectNode entry = data.addObject();
            if (asked.url()) {
                entry.put("url", base + "/api/pictures/" + picture.id());
            } else {
                entry.put("b64_json", base64(picture));
            }
            picture.revisedPrompt().ifPresent(prompt -> entry.put("revised_prompt", prompt));
            picture.seed().ifPresent(seed -> entry.put("seed", seed));
        }
        Job.Picture first = job.pictures().get(0);
        answer.put("output_format", format(first)).put("size", first.width() + "x" + first.height());
        List<String> remarks = new ArrayList<>(asked.remarks());
        job.warnings().forEach(warning -> remarks.add(warning.message()));
        if (!remarks.isEmpty()) {
            ArrayNode warnings = answer.putArray("warnings");
            remarks.forEach(warnings::add);
        }
        return answer;
    }

    private static long created(Job job) {
        return job.ended().orElse(job.created()).getEpochSecond();
    }

    private String base64(Job.Picture picture) {
        return Base64.getEncoder()
                .encodeToString(jobs.pictures()
                        .bytes(picture.id())
                        .orElseThrow(() -> new HttpFailure(
                                500, "storage", "the picture must be in the state folder but" + " is not")));
    }

    private static String format(Job.Picture picture) {
        return picture.mediaType().substring("image/".length());
    }

    /** Unfinished pictures where the generator shows any, then each finished one, or an error; the end is the close. */
    private void stream(Context context, Route route, ImagesRequest asked, String id) {
        String kind = route == Route.GENERATIONS ? "image_generation" : "image_edit";
        AtomicReference<JobEvents.Subscription> subscription = new AtomicReference<>(() -> {});
        EventStream stream =
                EventStream.open(context, () -> subscription.getAndSet(() -> {}).close());
        AtomicInteger partials = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        jobs.events()
                .subscribe(OptionalLong.empty(), event -> {
                    boolean isNew = event.job().id().equals(id)
                            && event.progress().isPresent()
                            && event.progress().get().previews() > seen.get();
                    if (isNew && partials.get() < asked.partialImages()) {
                        seen.set(event.progress().get().previews());
                        jobs.preview(id)
                                .ifPresent(bytes -> send(
                                        stream,
                                        kind + ".partial_image",
                                        Json.object()
                                                .put("type", kind + ".partial_image")
                                                .put(
                                                        "b64_json",
                                                        Base64.getEncoder().encodeToString(bytes))
                                                .put(
                                                        "created_at",
                                                        event.job().created().getEpochSecond())
                                                .put("size", "auto")
                                                .put("quality", "auto")
                                                .put("background", "auto")
                                                .put("output_format", "png")
                                                .put("partial_image_index", partials.getAndIncrement())));
                    }
                })
                .ifPresent(subscription::set);
        CompletableFuture<Job> unused = jobs.ending(id).whenComplete((job, error) -> {
            if (job == null) {
                send(stream, "error", error(new HttpFailure(500, "storage", "the job's state could not be kept")));
            } else {
                finish(stream, kind, job);
            }
            stream.end();
        });
    }

    private void finish(EventStream stream, String kind, Job job) {
        try {
            for (Job.Picture picture : JobFailures.completed(job).pictures()) {
                ObjectNode data = Json.object()
                        .put("type", kind + ".completed")
                        .put("b64_json", base64(picture))
                        .put("created_at", created(job))
                        .put("size", picture.width() + "x" + picture.height())
                        .put("quality", "auto")
                        .put("background", "auto")
                        .put("output_format", format(picture));
                picture.seed().ifPresent(seed -> data.put("seed", seed));
                send(stream, kind + ".completed", data);
            }
        } catch (HttpFailure failure) {
            send(stream, "error", error(failure));
        }
    }

    private static ObjectNode error(HttpFailure failure) {
        return Json.object()
                .set(
                        "error",
                        Json.object()
                                .put("message", failure.sentence())
                                .put("type", failure.status() >= 500 ? "server_error" : "invalid_request_error")
                                .put("code", failure.code())
                                .putNull("param"));
    }

    private static void send(EventStream stream, String name, ObjectNode data) {
        stream.send(null, name, Json.text(data));
    }
}
