package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.triptych.Capabilities;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import dev.triptych.SizeRule;
import dev.triptych.internal.Sha256;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.ImageMask;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import okhttp3.HttpUrl;

/**
 * A ComfyUI of one's own: {@code POST BASE/prompt} takes a {@link Workflow} with the request filled in and gives an id,
 * {@code GET BASE/history/ID} names the pictures once they are there, a WebSocket tells steps and previews meanwhile
 * ({@link ComfyUiWatch}). What the workflow has no place for is not honoured. Input pictures are uploaded first, under
 * names that follow from their content. Cancelling takes this job out of the queue, or interrupts it where it is the
 * one that runs, and never another's.
 *
 * <p>Source: comfyanonymous/ComfyUI, server.py and execution.py; script_examples/websockets_api_example.py.
 */
final class ComfyUiProfile implements ServerProfile, JobDialect {

    private static final String OPTIONS = "comfyui.";
    private static final int LARGEST_SEED_BITS = 48;

    private final Workflow workflow;

    ComfyUiProfile(Workflow workflow) {
        this.workflow = workflow;
    }

    @Override
    public String id() {
        return "comfyui";
    }

    @Override
    public String vendor() {
        return "comfyui";
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
    public String revision() {
        return workflow.sha256().substring(0, 16);
    }

    @Override
    public Optional<JobDialect> jobs() {
        return Optional.of(this);
    }

    @Override
    public Capabilities.Builder capabilities(ServerSettings settings) {
        List<Parameter> honoured = new ArrayList<>();
        honour(honoured, "negative", Parameter.NEGATIVE_PROMPT);
        honour(honoured, "seed", Parameter.SEED);
        honour(honoured, "steps", Parameter.STEPS);
        honour(honoured, "guidance", Parameter.GUIDANCE_SCALE);
        if (workflow.has("input")) {
            honour(honoured, "strength", Parameter.STRENGTH);
        }
        Capabilities.Builder builder = Capabilities.builder();
        if (workflow.has("width") && workflow.has("height")) {
            honoured.add(Parameter.SIZE);
            builder.sizes(SizeRule.multiplesOf(8, 64, 8192, ImageSize.square(1024)));
        }
        return builder.operations(operations())
                .honours(honoured.toArray(new Parameter[0]))
                .maxInputs(workflow.has("input") ? 1 : 0)
                .options("comfyui", Set.of(OPTIONS + "*"))
                .previews(true);
    }

    private void honour(List<Parameter> honoured, String term, Parameter parameter) {
        if (workflow.has(term)) {
            honoured.add(parameter);
        }
    }

    private Operation[] operations() {
        if (!workflow.has("input")) {
            return new Operation[] {Operation.TEXT_TO_IMAGE};
        }
        return new Operation[] {workflow.has("mask") ? Operation.INPAINTING : Operation.IMAGE_TO_IMAGE};
    }

    @Override
    public String missing(ServerSettings settings) {
        return workflow.has("prompt")
                ? ""
                : "places.prompt must be set, since the workflow does not show it, but was not";
    }

    /** The server paints nothing for a workflow that it has painted just now, so there is always a seed. */
    @Override
    public ImageRequest settle(ImageRequest request, ServerSettings settings, Differences differences) {
        if (workflow.has("input") && request.inputs().isEmpty()) {
            throw differences.unsupported("inputs must hold the picture that the workflow loads but was empty");
        }
        if (workflow.has("mask") && request.mask().isEmpty()) {
            throw differences.unsupported("mask must be given, since the workflow loads one, but was not");
        }
        return request.seed().isPresent() || !workflow.has("seed")
                ? request
                : request.toBuilder()
                        .seed(ThreadLocalRandom.current().nextLong(1L << LARGEST_SEED_BITS))
                        .build();
    }

    // Submitting.

    @Override
    public List<ApiCall> uploads(ImageRequest request, ServerSettings settings, Differences differences) {
        List<ApiCall> uploads = new ArrayList<>();
        if (!request.inputs().isEmpty()) {
            InputConverter.Picture input = input(request, differences);
            uploads.add(upload(settings, name(input), input.mediaType(), input.bytes()));
        }
        request.mask().ifPresent(mask -> {
            byte[] png = mask(mask, differences);
            uploads.add(upload(settings, maskName(png), "image/png", png));
        });
        return uploads;
    }

    private ApiCall upload(ServerSettings settings, String name, String mediaType, byte[] bytes) {
        ApiCall.Form form = new ApiCall.Form()
                .text("type", "input")
                .text("overwrite", "true")
                .file("image", name, mediaType, bytes);
        return new ApiCall(settings.resolve("/upload/image"), credentials(settings), form);
    }

    private static InputConverter.Picture input(ImageRequest request, Differences differences) {
        return new InputConverter(InputRules.GPT_IMAGE, differences)
                .convert(request.toBuilder().mask(null).build())
                .images()
                .get(0);
    }

    private static String name(InputConverter.Picture input) {
        return "triptych-" + Sha256.hex(input.bytes()).substring(0, 32) + "." + input.fileExtension();
    }

    private static String maskName(byte[] png) {
        return "triptych-mask-" + Sha256.hex(png).substring(0, 32) + ".png";
    }

    /** White and transparent is repainted: by whichever channel the workflow reads a mask. */
    private static byte[] mask(ImageInput mask, Differences differences) {
        try {
            ImageMask ours = ImageMask.decode(mask.bytes());
            BufferedImage theirs = new BufferedImage(ours.width(), ours.height(), BufferedImage.TYPE_INT_ARGB);
            for (int y = 0; y < ours.height(); y++) {
                for (int x = 0; x < ours.width(); x++) {
                    theirs.setRGB(x, y, ours.repaints(x, y) ? 0x00ffffff : 0xff000000);
                }
            }
            return ImageDecoder.encodePng(theirs);
        } catch (IllegalArgumentException e) {
            throw (RuntimeException) differences
                    .unsupported("mask must be a readable picture but was not: " + e.getMessage())
                    .initCause(e);
        }
    }

    @Override
    public ApiCall encode(ImageRequest request, ServerSettings settings, Differences differences) {
        Workflow.Filled filled = workflow.fill();
        filled.put("prompt", TextNode.valueOf(request.prompt()));
        filled.put("negative", TextNode.valueOf(request.negativePrompt()));
        request.seed().ifPresent(seed -> filled.put("seed", LongNode.valueOf(seed)));
        request.steps().ifPresent(steps -> filled.put("steps", IntNode.valueOf(steps)));
        request.guidanceScale().ifPresent(scale -> filled.put("guidance", DoubleNode.valueOf(scale)));
        request.strength().ifPresent(strength -> filled.put("strength", DoubleNode.valueOf(strength)));
        request.size().ifPresent(size -> {
            filled.put("width", IntNode.valueOf(size.width()));
            filled.put("height", IntNode.valueOf(size.height()));
        });
        if (!settings.model().isEmpty()) {
            filled.put("model", TextNode.valueOf(settings.model()));
        }
        if (!request.inputs().isEmpty()) {
            filled.put("input", TextNode.valueOf(name(input(request, new Differences(differences)))));
        }
        request.mask().ifPresent(mask -> filled.put("mask", TextNode.valueOf(maskName(mask(mask, differences)))));
        request.options().forEach((key, value) -> {
            if (key.startsWith(OPTIONS) && !filled.set(key.substring(OPTIONS.length()), Json.scalarOrTree(value))) {
                throw differences.unsupported("option " + key
                        + " must name NODE.INPUT of the workflow, such as comfyui.3.seed, but does not");
            }
        });
        String client = UUID.randomUUID().toString();
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.set("prompt", filled.graph());
        body.put("client_id", client);
        Json.overlay(body, settings.options());
        return new ApiCall(settings.resolve("/prompt"), credentials(settings), new ApiCall.Json(Json.bytes(body)))
                .tagged(client);
    }

    @Override
    public <T> T during(ApiCall call, ServerSettings settings, SideCalls side, Supplier<T> exchange) {
        return new ComfyUiWatch(call.tag(), settings, side).around(exchange);
    }

    @Override
    public Map<String, String> credentials(ServerSettings settings) {
        return Credentials.bearer(settings);
    }

    // Asking.

    @Override
    public JobTicket ticket(JsonNode answer, ServerSettings settings) {
        String id = JobProfile.required(answer, "prompt_id");
        return new JobTicket(
                id,
                settings.resolve("/history/" + ServerSettings.encoded(id)).toString(),
                "",
                settings.resolve("/queue").toString(),
                Optional.empty());
    }

    @Override
    public Duration longestPause() {
        return Duration.ofSeconds(1);
    }

    @Override
    public JobState state(JsonNode history, JobErrors errors) {
        JsonNode entry = history.path(errors.job());
        JsonNode status = entry.path("status");
        if (status.path("status_str").asText("").equals("error")) {
            return new JobState.Failed(errors.failed(words(status.path("messages"))));
        }
        boolean done =
                status.path("completed").asBoolean() || !entry.path("outputs").isEmpty();
        return done ? new JobState.Done(Optional.of(entry)) : new JobState.Waiting(Optional.empty());
    }

    /** The last message of the run: which node failed, and why. */
    private static String words(JsonNode messages) {
        String words = "";
        for (JsonNode message : messages) {
            String kind = message.path(0).asText("");
            if (kind.equals("execution_error")) {
                words = message.path(1).path("node_type").asText("") + ": "
                        + message.path(1).path("exception_message").asText("");
            } else if (kind.equals("execution_interrupted")) {
                words = "it was interrupted";
            }
        }
        return words;
    }

    /** What was saved, or else what was only shown. */
    @Override
    public ImagesAnswer pictures(JsonNode entry, JobErrors errors) {
        List<ImagesAnswer.Item> saved = new ArrayList<>();
        List<ImagesAnswer.Item> shown = new ArrayList<>();
        for (JsonNode node : entry.path("outputs")) {
            for (JsonNode image : node.path("images")) {
                boolean isSaved = image.path("type").asText("").equals("output");
                (isSaved ? saved : shown).add(new ImagesAnswer.Link(link(image), ImagesAnswer.Notes.NONE));
            }
        }
        if (saved.isEmpty() && shown.isEmpty()) {
            throw errors.empty("names none; the workflow must end in a node that saves pictures");
        }
        return new ImagesAnswer(saved.isEmpty() ? shown : saved, Optional.empty(), List.of());
    }

    /** Below the base URL, against which a link without a host is read. */
    private static String link(JsonNode image) {
        return "view?filename=" + ServerSettings.encoded(image.path("filename").asText())
                + "&subfolder=" + ServerSettings.encoded(image.path("subfolder").asText(""))
                + "&type=" + ServerSettings.encoded(image.path("type").asText("output"));
    }

    @Override
    public String cancelMethod() {
        return "POST";
    }

    /**
     * Out of the queue where it waits; interrupted where it is what runs, by a server that takes the id or does not.
     */
    @Override
    public boolean stop(JobTicket ticket, ServerSettings settings, SideCalls side) {
        ObjectNode delete = Json.MAPPER.createObjectNode();
        delete.putArray("delete").add(ticket.id());
        HttpUrl queue = HttpUrl.get(ticket.cancelUrl());
        boolean deleted = side.succeeds("POST", queue, credentials(settings), delete);
        Optional<JsonNode> running = side.get("/queue", credentials(settings));
        boolean runs = running.filter(answer -> isIn(answer.path("queue_running"), ticket.id()))
                .isPresent();
        return runs
                ? side.succeeds(
                        "POST",
                        settings.resolve("/interrupt"),
                        credentials(settings),
                        Json.MAPPER.createObjectNode().put("prompt_id", ticket.id()))
                : deleted;
    }

    private static boolean isIn(JsonNode queue, String id) {
        for (JsonNode item : queue) {
            if (item.path(1).asText("").equals(id)) {
                return true;
            }
        }
        return false;
    }
}
