package dev.triptych;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A result as JSON, pictures and all, for services that hand it on, and back.
 *
 * <pre>
 * { "images":    [ { "mediaType", "width", "height", "sha256", "seed"?, "revisedPrompt"?, "imageId"?, "base64" } ],
 *   "failures":  [ { "index", "error": ERROR } ],
 *   "warnings":  [ { "kind": "IGNORED" | "ADAPTED" | "TRUNCATED" | "NOTICE", "field", "message" } ],
 *   "usage"?:    { "inputTextTokens"?, "inputImageTokens"?, "outputTokens"? },
 *   "cost"?:     { "amount", "currency", "source" },
 *   "execution": { "servedBy": GENERATOR, "requestId", "effectiveRequest": as {@link RequestJson} writes it,
 *                  "attempts", "cache": "HIT" | "MISS" | "BYPASS", "passedOver": [ { "generator": GENERATOR, "error": ERROR } ],
 *                  "durations": { "denoise": 1.25, … }, "total" } }
 *
 * GENERATOR = { "name", "provider", "model", "revision", "local" }
 * ERROR     = { "type", "message", "provider", "outcome", "requestId"?, "httpStatus"?, "retryAfter"?, "retryForbidden"? }
 * </pre>
 *
 * <p>Times are seconds, to the nanosecond; an amount of money is a text, so that no reader rounds it. Nothing that is
 * marked with {@code ?} is there without a value. A reader passes over fields that it does not know. Input pictures
 * stand in the request as the SHA-256 of their bytes. The text holds the prompt, so it belongs into no log.
 */
public final class ResultJson {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /**
     * What makes an error again of its type's name. One that is not here comes back as
     * {@link UnexpectedResponseException}.
     */
    private static final Map<String, BiFunction<String, ErrorOrigin, ImageGenerationException>> ERRORS = Map.of(
            "AuthenticationException", AuthenticationException::new,
            "BudgetExceededException", BudgetExceededException::new,
            "ContentRejectedException", ContentRejectedException::new,
            "GenerationCancelledException", GenerationCancelledException::new,
            "ModelLoadException", (message, origin) -> new ModelLoadException(message),
            "ProviderUnavailableException", ProviderUnavailableException::new,
            "RateLimitedException", RateLimitedException::new,
            "UnexpectedResponseException", UnexpectedResponseException::new,
            "UnsupportedRequestException", (message, origin) -> new UnsupportedRequestException(message, origin));

    private ResultJson() {}

    /** {@code result} as one line of JSON, ASCII alone. */
    public static String write(ImageResult result) {
        ObjectNode tree = NODES.objectNode();
        ArrayNode images = tree.putArray("images");
        result.images().forEach(image -> images.add(image(image)));
        ArrayNode failures = tree.putArray("failures");
        result.failures()
                .forEach(failure ->
                        failures.addObject().put("index", failure.index()).set("error", error(failure.error())));
        ArrayNode warnings = tree.putArray("warnings");
        result.warnings()
                .forEach(warning -> warnings.addObject()
                        .put("kind", warning.kind().name())
                        .put("field", warning.field())
                        .put("message", warning.message()));
        result.usage().ifPresent(usage -> tree.set("usage", usage(usage)));
        result.cost()
                .ifPresent(cost -> tree.putObject("cost")
                        .put("amount", cost.amount().toPlainString())
                        .put("currency", cost.currency())
                        .put("source", cost.source()));
        tree.set("execution", execution(result.execution()));
        return RequestJson.write(tree);
    }

    private static ObjectNode image(GeneratedImage image) {
        ObjectNode node = NODES.objectNode()
                .put("mediaType", image.mediaType())
                .put("width", image.width())
                .put("height", image.height())
                .put("sha256", image.sha256());
        image.seed().ifPresent(seed -> node.put("seed", seed));
        image.revisedPrompt().ifPresent(prompt -> node.put("revisedPrompt", prompt));
        image.imageId().ifPresent(id -> node.put("imageId", id));
        return node.put("base64", Base64.getEncoder().encodeToString(image.bytes()));
    }

    private static ObjectNode usage(Usage usage) {
        ObjectNode node = NODES.objectNode();
        usage.inputTextTokens().ifPresent(tokens -> node.put("inputTextTokens", tokens));
        usage.inputImageTokens().ifPresent(tokens -> node.put("inputImageTokens", tokens));
        usage.outputTokens().ifPresent(tokens -> node.put("outputTokens", tokens));
        return node;
    }

    private static ObjectNode execution(ExecutionRecord execution) {
        ObjectNode node = NODES.objectNode();
        node.set("servedBy", generator(execution.servedBy()));
        node.put("requestId", execution.requestId());
        node.set("effectiveRequest", RequestJson.tree(execution.effectiveRequest()));
        node.put("attempts", execution.attempts());
        node.put("cache", execution.cache().name());
        ArrayNode passedOver = node.putArray("passedOver");
        execution.passedOver().forEach(passed -> {
            ObjectNode each = passedOver.addObject();
            each.set("generator", generator(passed.generator()));
            each.set("error", error(passed.reason()));
        });
        ObjectNode durations = node.putObject("durations");
        execution.durations().forEach((stage, time) -> durations.put(stage, seconds(time)));
        return node.put("total", seconds(execution.total()));
    }

    private static ObjectNode generator(GeneratorInfo info) {
        return NODES.objectNode()
                .put("name", info.name())
                .put("provider", info.provider())
                .put("model", info.model())
                .put("revision", info.revision())
                .put("local", info.local());
    }

    private static ObjectNode error(ImageGenerationException error) {
        ObjectNode node = NODES.objectNode()
                .put("type", error.getClass().getSimpleName())
                .put("message", String.valueOf(error.getMessage()))
                .put("provider", error.providerId())
                .put("outcome", error.outcome().name());
        error.requestId().ifPresent(id -> node.put("requestId", id));
        error.httpStatus().ifPresent(status -> node.put("httpStatus", status));
        error.retryAfter().ifPresent(wait -> node.put("retryAfter", seconds(wait)));
        if (error.origin().retryForbidden()) {
            node.put("retryForbidden", true);
        }
        return node;
    }

    private static BigDecimal seconds(Duration time) {
        BigDecimal seconds = BigDecimal.valueOf(time.toNanos(), 9).stripTrailingZeros();
        return seconds.scale() < 0 ? seconds.setScale(0) : seconds;
    }

    /**
     * The result that {@code json} describes. An error that a picture could be fetched again after comes back as one of
     * which nothing can be fetched.
     *
     * @param inputs gives the input picture with a SHA-256, or null where there is none
     * @throws IllegalArgumentException if the text is no such JSON, a field is missing or of another kind, a picture is
     *     not the one whose hash stands beside it, or an input picture is not to be had
     */
    public static ImageResult parse(String json, Function<String, @Nullable ImageInput> inputs) {
        return new Reader(RequestJson.object(RequestJson.read(json), "result"), inputs).result();
    }

    /** Reads one result; each error names the field. */
    private static final class Reader {
        private final ObjectNode tree;
        private final Function<String, @Nullable ImageInput> inputs;

        Reader(ObjectNode tree, Function<String, @Nullable ImageInput> inputs) {
            this.tree = tree;
            this.inputs = inputs;
        }

        ImageResult result() {
            return new ImageResult(
                    each(tree, "images", Reader::readImage),
                    each(
                            tree,
                            "failures",
                            node -> new ImageFailure(
                                    number(node, "index").intValue(), readError(object(node, "error")))),
                    each(
                            tree,
                            "warnings",
                            node -> new GenerationWarning(
                                    constant(node, "kind", GenerationWarning.Kind.class),
                                    text(node, "field"),
                                    text(node, "message"))),
                    tree.has("usage") ? Optional.of(readUsage(object(tree, "usage"))) : Optional.empty(),
                    tree.has("cost") ? Optional.of(readCost(object(tree, "cost"))) : Optional.empty(),
                    readExecution(object(tree, "execution")));
        }

        private static GeneratedImage readImage(ObjectNode node) {
            GeneratedImage image = GeneratedImage.of(bytes(node));
            if (!image.sha256().equals(text(node, "sha256"))) {
                throw new IllegalArgumentException("result.sha256 must be that of base64 but was another");
            }
            if (node.has("seed")) {
                image = image.withSeed(number(node, "seed").longValue());
            }
            if (node.has("revisedPrompt")) {
                image = image.withRevisedPrompt(text(node, "revisedPrompt"));
            }
            return node.has("imageId") ? image.withImageId(text(node, "imageId")) : image;
        }

        private static byte[] bytes(ObjectNode node) {
            try {
                return Base64.getDecoder().decode(text(node, "base64"));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("result.base64 must be a picture in Base64 but was not", e);
            }
        }

        private static Usage readUsage(ObjectNode node) {
            return new Usage(
                    tokens(node, "inputTextTokens"), tokens(node, "inputImageTokens"), tokens(node, "outputTokens"));
        }

        private static OptionalLong tokens(ObjectNode node, String field) {
            return node.has(field) ? OptionalLong.of(number(node, field).longValue()) : OptionalLong.empty();
        }

        private static Cost readCost(ObjectNode node) {
            try {
                return new Cost(new BigDecimal(text(node, "amount")), text(node, "currency"), text(node, "source"));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("result.amount must be a number but was not", e);
            }
        }

        private ExecutionRecord readExecution(ObjectNode node) {
            Map<String, Duration> durations = new LinkedHashMap<>();
            ObjectNode stages = object(node, "durations");
            stages.fieldNames().forEachRemaining(stage -> durations.put(stage, time(stages, stage)));
            return new ExecutionRecord(
                    readGenerator(object(node, "servedBy")),
                    text(node, "requestId"),
                    RequestJson.parse(RequestJson.write(object(node, "effectiveRequest")), inputs),
                    number(node, "attempts").intValue(),
                    constant(node, "cache", CacheStatus.class),
                    each(
                            node,
                            "passedOver",
                            passed -> new ExecutionRecord.PassedOver(
                                    readGenerator(object(passed, "generator")), readError(object(passed, "error")))),
                    durations,
                    time(node, "total"));
        }

        private static GeneratorInfo readGenerator(ObjectNode node) {
            return new GeneratorInfo(
                    text(node, "name"),
                    text(node, "provider"),
                    text(node, "model"),
                    text(node, "revision"),
                    node.path("local").asBoolean());
        }

        private static ImageGenerationException readError(ObjectNode node) {
            ErrorOrigin origin = new ErrorOrigin(
                    text(node, "provider"),
                    constant(node, "outcome", Outcome.class),
                    node.has("requestId") ? Optional.of(text(node, "requestId")) : Optional.empty(),
                    node.has("httpStatus")
                            ? OptionalInt.of(number(node, "httpStatus").intValue())
                            : OptionalInt.empty(),
                    node.has("retryAfter") ? Optional.of(time(node, "retryAfter")) : Optional.empty(),
                    node.path("retryForbidden").asBoolean());
            String type = text(node, "type");
            String message = text(node, "message");
            return ERRORS.getOrDefault(type, UnexpectedResponseException::new).apply(message, origin);
        }

        private static Duration time(ObjectNode node, String field) {
            try {
                return Duration.ofNanos(
                        number(node, field).decimalValue().movePointRight(9).longValueExact());
            } catch (ArithmeticException e) {
                throw new IllegalArgumentException(
                        "result." + field + " must be seconds to the nanosecond but was " + node.path(field), e);
            }
        }

        private static <T> List<T> each(ObjectNode node, String field, Function<ObjectNode, T> reader) {
            JsonNode list = node.path(field);
            require(list.isArray(), field, "a list", list);
            List<T> read = new ArrayList<>();
            list.forEach(element -> read.add(reader.apply(RequestJson.object(element, "result." + field))));
            return read;
        }

        private static ObjectNode object(ObjectNode node, String field) {
            return RequestJson.object(node.path(field), "result." + field);
        }

        private static String text(ObjectNode node, String field) {
            JsonNode value = node.path(field);
            require(value.isTextual(), field, "a text", value);
            return value.textValue();
        }

        private static JsonNode number(ObjectNode node, String field) {
            JsonNode value = node.path(field);
            require(value.isNumber(), field, "a number", value);
            return value;
        }

        private static <E extends Enum<E>> E constant(ObjectNode node, String field, Class<E> type) {
            String word = text(node, field);
            for (E constant : type.getEnumConstants()) {
                if (constant.name().equals(word)) {
                    return constant;
                }
            }
            throw new IllegalArgumentException("result." + field + " must be one of " + List.of(type.getEnumConstants())
                    + " but was \"" + word + "\"");
        }

        private static void require(boolean holds, String field, String expected, JsonNode found) {
            if (!holds) {
                throw new IllegalArgumentException("result." + field + " must be " + expected + " but was "
                        + (found.isMissingNode() ? "not there" : found.getNodeType()));
            }
        }
    }
}
