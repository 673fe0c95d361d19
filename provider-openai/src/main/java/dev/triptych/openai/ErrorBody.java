package dev.triptych.openai;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The words of an error, from whichever of the usual forms: OpenAI's {@code {"error": {…}}}, Azure's with an inner
 * error, Hugging Face's {@code {"error": "…"}}, Stability's {@code {"name": …, "errors": […]}}, FastAPI's
 * {@code {"detail": …}}, a list of one of these, or a plain text. A form that is not known is its own words.
 *
 * @param type the kind, such as {@code "invalid_request_error"}; {@code ""} = not said
 * @param code the code, such as {@code "rate_limit_exceeded"}; {@code ""} = not said
 * @param innerCode Azure's inner code; {@code ""} = not said
 * @param param the field at fault; {@code ""} = not said
 * @param message the server's sentence, as it is: it may quote a prompt
 * @param estimatedSeconds how long Hugging Face expects a model to load; negative = not said
 * @param structured whether the server itself wrote it as JSON, which a gateway's page is not
 */
record ErrorBody(
        String type,
        String code,
        String innerCode,
        String param,
        String message,
        double estimatedSeconds,
        boolean structured) {

    static final ErrorBody NONE = ofText("");

    /** A server that quotes the whole request in its error does so at some length. */
    private static final int MAX_TEXT = 2000;

    /** What servers call their sentence, the best first. */
    private static final List<String> SENTENCES = List.of(
            "message", "msg", "detail", "errors", "error_description", "description", "reason", "title", "error");

    /** What {@code body} of {@code mediaType} says; {@link #NONE} where that is nothing, or a page. */
    static ErrorBody parse(byte[] body, String mediaType) {
        JsonNode tree = salvaged(body);
        if (tree.isContainerNode() || tree.isTextual()) {
            return ofTree(tree);
        }
        boolean plain = mediaType.equals("text/plain") || mediaType.isEmpty() || mediaType.endsWith("json");
        return plain ? ofText(new String(body, StandardCharsets.UTF_8).strip()) : NONE;
    }

    private static ErrorBody ofText(String text) {
        return new ErrorBody("", "", "", "", text, -1, false);
    }

    /** The tree that {@code body} spells, as far as it can be read: what is cut off is left out, long texts are cut. */
    private static JsonNode salvaged(byte[] body) {
        JsonNode root = MissingNode.getInstance();
        Deque<ContainerNode<?>> open = new ArrayDeque<>();
        try (JsonParser json = Json.LENIENT.createParser(body)) {
            String name = "";
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.FIELD_NAME) {
                    name = json.currentName();
                } else if (token.isStructEnd()) {
                    open.pop();
                } else {
                    JsonNode value = value(json, token);
                    root = open.isEmpty() ? value : root;
                    attach(open.peek(), name, value);
                    if (value instanceof ContainerNode<?> container) {
                        open.push(container);
                    }
                }
                if (open.isEmpty() && token != JsonToken.FIELD_NAME) {
                    return root;
                }
            }
        } catch (IOException e) {
            return root; // cut off or no JSON: what was read is what there is
        }
        return root;
    }

    private static JsonNode value(JsonParser json, JsonToken token) throws IOException {
        return switch (token) {
            case START_OBJECT -> Json.MAPPER.createObjectNode();
            case START_ARRAY -> Json.MAPPER.createArrayNode();
            case VALUE_STRING -> {
                String text = json.getText();
                yield TextNode.valueOf(text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text);
            }
            default -> json.readValueAsTree();
        };
    }

    private static void attach(@Nullable ContainerNode<?> parent, String name, JsonNode value) {
        if (parent instanceof ObjectNode object) {
            object.set(name, value);
        } else if (parent instanceof ArrayNode array) {
            array.add(value);
        }
    }

    /** What the {@code error} of a document says. */
    static ErrorBody ofError(JsonNode error) {
        if (!error.isObject()) {
            return ofTree(error);
        }
        JsonNode inner = error.has("inner_error") ? error.path("inner_error") : error.path("innererror");
        return new ErrorBody(
                first(Stream.of(text(error, "type"), text(error, "status"))),
                text(error, "code"),
                first(Stream.concat(Stream.of(text(inner, "code")), details(error, "reason"))),
                text(error, "param"),
                sentence(error),
                details(error, "retryDelay").findFirst().map(ErrorBody::seconds).orElse(-1.0),
                true);
    }

    /** Google's details of an error, each of a type of its own. */
    private static Stream<String> details(JsonNode error, String field) {
        return StreamSupport.stream(error.path("details").spliterator(), false)
                .map(detail -> text(detail, field))
                .filter(text -> !text.isEmpty());
    }

    /** {@code 34.5s} as a number. */
    private static double seconds(String text) {
        try {
            return Double.parseDouble(text.replaceFirst("s$", ""));
        } catch (NumberFormatException e) {
            return -1; // not said in a way that is known
        }
    }

    private static ErrorBody ofTree(JsonNode tree) {
        if (tree.isArray()) {
            return tree.size() == 1
                    ? ofTree(tree.get(0))
                    : new ErrorBody("", "", "", "", list(tree), -1, !tree.isEmpty());
        }
        return tree.isObject() ? ofDocument(tree) : new ErrorBody("", "", "", "", tree.asText(), -1, true);
    }

    /** What a document says that is an error itself, or holds one. */
    static ErrorBody ofDocument(JsonNode document) {
        JsonNode error = document.path("error");
        if (error.isObject() || error.isArray()) {
            return error.isObject() ? ofError(error) : ofTree(error);
        }
        if (document.isEmpty()) {
            return NONE;
        }
        return new ErrorBody(
                text(document, "type"),
                first(Stream.of(text(document, "code"), text(document, "name"))),
                "",
                text(document, "param"),
                document.path("error").isTextual() ? error.asText() : sentence(document),
                document.path("estimated_time").asDouble(-1),
                true);
    }

    /** How long the server expects to need. */
    Optional<Duration> estimatedTime() {
        return estimatedSeconds < 0 ? Optional.empty() : RetryAfter.ofSeconds(estimatedSeconds);
    }

    /** Whether type, code or inner code is one of {@code words}. */
    boolean is(List<String> words) {
        return words.contains(type) || words.contains(code) || words.contains(innerCode);
    }

    /** Whether it is about the field {@code name}: by its own word, or quoted or alone in the sentence. */
    boolean isAbout(String name) {
        if (param.equals(name)) {
            return true;
        }
        String quoted = name.length() > 2 ? "(?<![\\w-])" + name + "(?![\\w-])" : "['\"`]" + name + "['\"`]";
        return Pattern.compile(quoted).matcher(message).find();
    }

    /** The server's sentence, or everything it says where none of it is called so. */
    private static String sentence(JsonNode object) {
        String said = first(SENTENCES.stream().map(name -> words(object.path(name))));
        return said.isEmpty() && !object.isEmpty() && !hasCodes(object) ? object.toString() : said;
    }

    private static boolean hasCodes(JsonNode object) {
        return Stream.of("type", "code", "name")
                .anyMatch(name -> !text(object, name).isEmpty());
    }

    private static String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isValueNode() && !value.isNull() ? value.asText() : "";
    }

    private static String words(JsonNode node) {
        if (node.isArray()) {
            return list(node);
        }
        return node.isObject() ? sentence(node) : node.isTextual() ? node.asText() : "";
    }

    private static String list(JsonNode node) {
        return StreamSupport.stream(node.spliterator(), false)
                .map(ErrorBody::words)
                .filter(item -> !item.isEmpty())
                .collect(Collectors.joining("; "));
    }

    private static String first(Stream<String> texts) {
        return texts.filter(text -> !text.isEmpty()).findFirst().orElse("");
    }

    /** The codes alone: the message may quote a prompt. */
    @Override
    public String toString() {
        return "ErrorBody[" + type + ", " + code + "]";
    }
}
