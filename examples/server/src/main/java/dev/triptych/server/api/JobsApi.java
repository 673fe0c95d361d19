package dev.triptych.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.RequestJson;
import dev.triptych.media.ImageHeader;
import dev.triptych.server.http.Bodies;
import dev.triptych.server.http.EventStream;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.Job;
import dev.triptych.server.jobs.JobEvents;
import dev.triptych.server.jobs.JobRequest;
import dev.triptych.server.jobs.JobStatus;
import dev.triptych.server.jobs.JobStore;
import dev.triptych.server.jobs.Jobs;
import dev.triptych.server.pictures.PictureSettings;
import dev.triptych.server.pictures.PictureStore;
import dev.triptych.server.security.RequestGate;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Jobs, their events and pictures, under {@code /api}. */
public final class JobsApi {

    private static final int PAGE = 24;
    private static final int MAX_PAGE = 200;
    private static final int MAX_COMPARED = 8;
    private static final int MAX_SEARCH = 200;
    private static final int MAX_KEY = 200;

    private final Jobs jobs;
    private final String boot;

    /** The API of {@code jobs}; {@code boot} tells this life of the server from others. */
    public JobsApi(Jobs jobs, String boot) {
        this.jobs = jobs;
        this.boot = boot;
    }

    /** Adds the routes. */
    public void addTo(RoutesConfig routes) {
        routes.post("/api/jobs", this::submit);
        routes.get("/api/jobs", this::list);
        routes.get("/api/jobs/{id}", context -> Bodies.answer(context, 200, view(required(context))));
        routes.post("/api/jobs/{id}/cancel", this::cancel);
        routes.get("/api/jobs/{id}/preview", this::preview);
        routes.get("/api/jobs/{id}/events", this::jobEvents);
        routes.get("/api/events", this::allEvents);
        routes.post("/api/comparisons", this::compare);
        routes.get("/api/comparisons/{id}", this::comparison);
        routes.post("/api/pictures", this::upload);
        routes.get("/api/pictures/{id}", this::picture);
        routes.get("/api/pictures/{id}/thumbnail", this::thumbnail);
        routes.get("/api/pictures/{id}/settings", this::settings);
    }

    private void submit(Context context) {
        ObjectNode body = Bodies.json(context, Bodies.JSON);
        String generator = takeText(body, "generator").orElse(jobs.generators().standard());
        Job job = jobs.submit(new JobRequest(
                request(body),
                jobs.generators().require(generator),
                RequestGate.clientOf(context.req()),
                idempotencyKey(context),
                Optional.empty()));
        context.header("Location", "/api/jobs/" + job.id());
        Bodies.answer(context, 202, view(job));
    }

    /** One request over several generators: a job each, held together by the comparison's id. */
    private void compare(Context context) {
        ObjectNode body = Bodies.json(context, Bodies.JSON);
        JsonNode names = body.remove("generators");
        if (names == null || !names.isArray() || names.size() < 2 || names.size() > MAX_COMPARED) {
            throw HttpFailure.badField(
                    "generators",
                    "generators must be an array of 2 to " + MAX_COMPARED + " names but was something else");
        }
        List<String> generators = new ArrayList<>();
        names.forEach(name -> generators.add(jobs.generators().require(name.asText())));
        ImageRequest request = request(body);
        String id = jobs.newId();
        ObjectNode answer = Json.object().put("id", id);
        ArrayNode made = answer.putArray("jobs");
        String client = RequestGate.clientOf(context.req());
        for (String generator : generators) {
            made.add(view(jobs.submit(new JobRequest(request, generator, client, Optional.empty(), Optional.of(id)))));
        }
        Bodies.answer(context, 202, answer);
    }

    private void comparison(Context context) {
        String id = context.pathParam("id");
        JobStore.Page page =
                jobs.page(new JobStore.Query(OptionalLong.empty(), MAX_COMPARED, "", List.of(), Optional.of(id)));
        if (page.jobs().isEmpty()) {
            throw HttpFailure.notFound("comparison");
        }
        ObjectNode answer = Json.object().put("id", id);
        ArrayNode made = answer.putArray("jobs");
        List<Job> oldestFirst = new ArrayList<>(page.jobs());
        java.util.Collections.reverse(oldestFirst);
        oldestFirst.forEach(job -> made.add(view(job)));
        Bodies.answer(context, 200, answer);
    }

    private static Optional<String> idempotencyKey(Context context) {
        String key = context.header("Idempotency-Key");
        if (key == null || key.isBlank()) {
            return Optional.empty();
        }
        if (key.length() > MAX_KEY) {
            throw HttpFailure.badField(
                    "Idempotency-Key",
                    "Idempotency-Key must have at most " + MAX_KEY + " characters but has " + key.length());
        }
        return Optional.of(key);
    }

    private static Optional<String> takeText(ObjectNode body, String name) {
        JsonNode value = body.remove(name);
        if (value == null || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw HttpFailure.badField(name, name + " must be a text but was of JSON type " + value.getNodeType());
        }
        return Optional.of(value.textValue());
    }

    /** A request as its JSON has it, but that inputs and mask are named by their pictures' ids. */
    private ImageRequest request(ObjectNode body) {
        PictureStore pictures = jobs.pictures();
        JsonNode inputs = body.get("inputs");
        if (inputs instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i) instanceof ObjectNode input && input.has("image")) {
                    input.set("image", sha256("inputs", input.get("image"), pictures));
                } else {
                    array.set(i, sha256("inputs", array.get(i), pictures));
                }
            }
        }
        JsonNode mask = body.get("mask");
        if (mask != null) {
            body.set("mask", sha256("mask", mask, pictures));
        }
        try {
            return RequestJson.parse(Json.text(body), pictures::input);
        } catch (IllegalArgumentException e) {
            throw HttpFailure.badRequest(e.getMessage() == null ? "request cannot be used" : e.getMessage());
        }
    }

    private static JsonNode sha256(String field, JsonNode id, PictureStore pictures) {
        if (!id.isTextual()) {
            throw HttpFailure.badField(field, field + " must name pictures by their ids but did not");
        }
        String hash = pictures.bytes(id.textValue())
                .map(bytes -> ImageInput.of(bytes).sha256())
                .orElse(id.textValue());
        return Json.object().textNode(hash);
    }

    private void list(Context context) {
        OptionalLong before = OptionalLong.empty();
        String cursor = context.queryParam("before");
        if (cursor != null) {
            before = OptionalLong.of(whole("before", cursor, 0, Long.MAX_VALUE));
        }
        String limit = context.queryParam("limit");
        String text = Optional.ofNullable(context.queryParam("q")).orElse("").strip();
        if (text.length() > MAX_SEARCH) {
            throw HttpFailure.badField(
                    "q", "q must have at most " + MAX_SEARCH + " characters but has " + text.length());
        }
        List<JobStatus> wanted = new ArrayList<>();
        String status = context.queryParam("status");
        if (status != null) {
            for (String word : status.split(",", -1)) {
                wanted.add(JobStatus.of(word.strip().toLowerCase(Locale.ROOT))
                        .orElseThrow(() -> HttpFailure.badField(
                                "status",
                                "status must be queued, running, completed, failed, unknown or cancelled but was"
                                        + " another word")));
            }
        }
        JobStore.Page page = jobs.page(new JobStore.Query(
                before,
                limit == null ? PAGE : (int) whole("limit", limit, 1, MAX_PAGE),
                text,
                wanted,
                Optional.empty()));
        ObjectNode answer = Json.object().put("total", page.total()).put("more", page.more());
        ArrayNode found = answer.putArray("jobs");
        page.jobs().forEach(job -> found.add(view(job)));
        if (page.more()) {
            answer.put("next", page.jobs().get(page.jobs().size() - 1).number());
        }
        answer.put("events", boot + "-" + jobs.events().last());
        Bodies.answer(context, 200, answer);
    }

    private static long whole(String field, String text, long min, long max) {
        try {
            long value = Long.parseLong(text);
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            // Said below.
        }
        throw HttpFailure.badField(
                field, field + " must be a whole number from " + min + " to " + max + " but was not");
    }

    private void cancel(Context context) {
        Job job = jobs.cancel(context.pathParam("id")).orElseThrow(() -> HttpFailure.notFound("job"));
        Bodies.answer(context, 200, view(job));
    }

    private void preview(Context context) {
        byte[] bytes = jobs.preview(required(context).id()).orElseThrow(() -> HttpFailure.notFound("preview"));
        context.header("Cache-Control", "no-store")
                .contentType(ImageHeader.read(bytes).mediaType())
                .result(bytes);
    }

    private Job required(Context context) {
        return jobs.find(context.pathParam("id")).orElseThrow(() -> HttpFailure.notFound("job"));
    }

    private ObjectNode view(Job job) {
        return JobJson.of(job, jobs.progress(job), jobs.pictures());
    }

    private void allEvents(Context context) {
        stream(context, null);
    }

    private void jobEvents(Context context) {
        stream(context, required(context));
    }

    /**
     * Changes of status as {@code job}, progress as {@code progress}. Whoever was away too long gets a {@code gap}, and
     * asks for the jobs anew.
     */
    private void stream(Context context, @Nullable Job only) {
        AtomicReference<JobEvents.Subscription> subscription = new AtomicReference<>(() -> {});
        EventStream stream =
                EventStream.open(context, () -> subscription.getAndSet(() -> {}).close());
        OptionalLong after = lastEvent(context);
        if (only != null) {
            Job now = jobs.find(only.id()).orElse(only);
            stream.send(null, "job", Json.text(view(now)));
            if (now.status().isEnded()) {
                stream.end();
                return;
            }
        }
        Optional<JobEvents.Subscription> resumed = after.isPresent()
                ? jobs.events().subscribe(after, event -> send(stream, event, only))
                : Optional.empty();
        if (resumed.isEmpty()) {
            if (context.header("Last-Event-ID") != null) {
                stream.send(boot + "-" + jobs.events().last(), "gap", "{}");
            }
            resumed = jobs.events().subscribe(OptionalLong.empty(), event -> send(stream, event, only));
        }
        resumed.ifPresent(subscription::set);
        if (only != null && jobs.find(only.id()).orElse(only).status().isEnded()) {
            stream.end();
        }
    }

    /** The number after this life's prefix in {@code Last-Event-ID}; empty where there is none, or of another life. */
    private OptionalLong lastEvent(Context context) {
        String id = Optional.ofNullable(context.header("Last-Event-ID")).orElse(context.queryParam("after"));
        if (id == null || !id.startsWith(boot + "-")) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(id.substring(boot.length() + 1)));
        } catch (NumberFormatException notOurs) {
            return OptionalLong.empty();
        }
    }

    private void send(EventStream stream, JobEvents.Event event, @Nullable Job only) {
        if (only != null && !event.job().id().equals(only.id())) {
            return;
        }
        if (event.progress().isPresent()) {
            ObjectNode data = Json.object().put("id", event.job().id());
            data.set("progress", JobJson.of(event.progress().get(), event.job().id()));
            stream.send(null, "progress", Json.text(data));
            return;
        }
        stream.send(
                boot + "-" + event.number(),
                "job",
                Json.text(JobJson.of(event.job(), jobs.progress(event.job()), jobs.pictures())));
        if (only != null && event.job().status().isEnded()) {
            stream.end();
        }
    }

    private void upload(Context context) {
        String type =
                Bodies.mediaType(Optional.ofNullable(context.contentType()).orElse(""));
        if (!type.startsWith("image/") && !type.equals("application/octet-stream")) {
            throw new HttpFailure(
                    415, "unsupported_media_type", "content-type must be image/png or another picture's but was not");
        }
        byte[] bytes = Bodies.bytes(context, Bodies.PICTURE);
        ImageHeader header;
        String id;
        try {
            header = ImageHeader.read(bytes);
            id = jobs.pictures().put(bytes);
        } catch (IllegalArgumentException e) {
            throw new HttpFailure(
                    400, "invalid_picture", e.getMessage() == null ? "picture cannot be read" : e.getMessage());
        }
        ObjectNode answer = Json.object()
                .put("id", id)
                .put("url", "/api/pictures/" + id)
                .put("mediaType", header.mediaType())
                .put("width", header.width())
                .put("height", header.height());
        PictureSettings.read(bytes).ifPresent(settings -> answer.set("settings", settings.json()));
        Bodies.answer(context, 201, answer);
    }

    private void picture(Context context) {
        byte[] bytes = bytes(context);
        ImageHeader header = ImageHeader.read(bytes);
        if (context.queryParam("download") != null) {
            context.header(
                    "Content-Disposition",
                    "attachment; filename=\"triptych-" + context.pathParam("id").substring(0, 8) + "."
                            + header.fileExtension() + "\"");
        }
        forEver(context).contentType(header.mediaType()).result(jobs.pictures().open(context.pathParam("id")));
    }

    private byte[] bytes(Context context) {
        return jobs.pictures().bytes(context.pathParam("id")).orElseThrow(() -> HttpFailure.notFound("picture"));
    }

    private void thumbnail(Context context) {
        byte[] bytes;
        try {
            bytes = jobs.pictures()
                    .thumbnail(context.pathParam("id"))
                    .orElseThrow(() -> HttpFailure.notFound("picture"));
        } catch (IllegalArgumentException e) {
            throw new HttpFailure(400, "invalid_picture", "picture must be one that can be decoded but is not");
        }
        forEver(context).contentType("image/jpeg").result(bytes);
    }

    /** An id names bytes, so what it names never changes. */
    private static Context forEver(Context context) {
        return context.header("Cache-Control", "private, max-age=31536000, immutable");
    }

    private void settings(Context context) {
        PictureSettings settings = PictureSettings.read(bytes(context))
                .orElseThrow(() -> HttpFailure.notFound("settings in this picture"));
        Bodies.answer(context, 200, settings.json());
    }
}
