package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * The words of an error, from whichever of the usual forms: OpenAI's {@code {"error": {…}}}, Azure's with an inner
 * error, Hugging Face's {@code {"error": "…"}}, Stability's {@code {"name": …, "errors": […]}}, FastAPI's
 * {@code {"detail": …}}.
 *
 * @param type the kind, such as {@code "invalid_request_error"}; {@code ""} = not said
 * @param code the code, such as {@code "rate_limit_exceeded"}; {@code ""} = not said
 * @param innerCode Azure's inner code; {@code ""} = not said
 * @param param the field at fault; {@code ""} = not said
 * @param message the server's sentence, as it is: it may quote a prompt
 * @param estimatedSeconds how long Hugging Face expects a model to load; negative = not said
 */
record ErrorBody(String type, String code, String innerCode, String param, String message, double estimatedSeconds) {

    static final ErrorBody NONE = new ErrorBody("", "", "", "", "", -1);

    /** What {@code body} says; {@link #NONE} where it is no JSON object. */
    static ErrorBody parse(byte[] body) {
        try {
            JsonNode tree = Json.MAPPER.readTree(body);
            return tree != null && tree.isObject() ? ofDocument(tree) : NONE;
        } catch (IOException e) {
            return NONE; // a proxy's page: the status alone tells what happened
        }
    }

    /** What the {@code error} of a document says. */
    static ErrorBody ofError(JsonNode error) {
        if (error.isTextual()) {
            return new ErrorBody("", "", "", "", error.asText(), -1);
        }
        JsonNode inner = error.has("inner_error") ? error.path("inner_error") : error.path("innererror");
        return new ErrorBody(
                text(error, "type"),
                text(error, "code"),
                text(inner, "code"),
                text(error, "param"),
                text(error, "message"),
                -1);
    }

    private static ErrorBody ofDocument(JsonNode document) {
        if (document.path("error").isObject()) {
            return ofError(document.path("error"));
        }
        String message = first(
                text(document, "error"),
                text(document, "message"),
                list(document.path("errors")),
                text(document, "detail"),
                list(document.path("detail")));
        return new ErrorBody(
                text(document, "type"),
                first(text(document, "code"), text(document, "name")),
                "",
                text(document, "param"),
                message,
                document.path("estimated_time").asDouble(-1));
    }

    /** How long the server expects to need. */
    Optional<Duration> estimatedTime() {
        return estimatedSeconds < 0 ? Optional.empty() : RetryAfter.ofSeconds(estimatedSeconds);
    }

    /** Whether type, code or inner code is one of {@code words}. */
    boolean is(List<String> words) {
        return words.contains(type) || words.contains(code) || words.contains(innerCode);
    }

    private static String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isValueNode() && !value.isNull() ? value.asText() : "";
    }

    private static String list(JsonNode node) {
        if (!node.isArray()) {
            return "";
        }
        return StreamSupport.stream(node.spliterator(), false)
                .map(item -> item.isTextual() ? item.asText() : first(text(item, "message"), text(item, "msg")))
                .filter(item -> !item.isEmpty())
                .collect(Collectors.joining("; "));
    }

    private static String first(String... texts) {
        for (String text : texts) {
            if (!text.isEmpty()) {
                return text;
            }
        }
        return "";
    }

    /** The codes alone: the message may quote a prompt. */
    @Override
    public String toString() {
        return "ErrorBody[" + type + ", " + code + "]";
    }
}
