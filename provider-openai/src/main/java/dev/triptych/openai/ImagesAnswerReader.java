package dev.triptych.openai;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.Usage;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer of the images API, whole or as a stream of events. Base64 is decoded while it arrives: a picture is
 * in memory once, never as text. Serves one answer.
 *
 * <p>What a broken answer means for the bill: an HTML page, an empty body or a stream that ends early may come from
 * anywhere on the way, so the outcome is unknown; a JSON answer that has begun was sent by a server whose work was
 * done.
 */
final class ImagesAnswerReader {

    private final ApiAnswer answer;
    private final long maxImageBytes;
    private final ErrorMapper errors;
    private final Consumer<byte[]> preview;
    private final List<ImagesAnswer.Item> items = new ArrayList<>();
    private Optional<Usage> usage = Optional.empty();
    private int events;

    private ImagesAnswerReader(ApiAnswer answer, long maxImageBytes, ErrorMapper errors, Consumer<byte[]> preview) {
        this.answer = answer;
        this.maxImageBytes = maxImageBytes;
        this.errors = errors;
        this.preview = preview;
    }

    /** The pictures of {@code answer}; unfinished ones go to {@code preview} as they come. */
    static ImagesAnswer read(ApiAnswer answer, long maxImageBytes, ErrorMapper errors, Consumer<byte[]> preview)
            throws IOException {
        return new ImagesAnswerReader(answer, maxImageBytes, errors, preview).read();
    }

    private ImagesAnswer read() throws IOException {
        if (answer.mediaType().equals("text/event-stream")) {
            readStream();
        } else if (answer.mayBeJson()) {
            readDocument();
        } else {
            throw unexpected(
                    "answer must be application/json but was " + ErrorMapper.printable(answer.mediaType()),
                    Outcome.UNKNOWN);
        }
        if (items.isEmpty()) {
            throw unexpected("answer must hold at least one picture but held none", Outcome.COMPLETED);
        }
        return new ImagesAnswer(items, usage);
    }

    private void readDocument() throws IOException {
        boolean begun = false;
        try (JsonParser json = Json.MAPPER.createParser(answer.body())) {
            JsonToken first = json.nextToken();
            if (first != JsonToken.START_OBJECT) {
                throw unexpected(
                        first == null
                                ? "answer must be a JSON object but was empty"
                                : "answer must be a JSON object but was another value",
                        Outcome.UNKNOWN);
            }
            begun = true;
            readFields(json);
        } catch (StreamReadException e) {
            throw new UnexpectedResponseException(
                    begun
                            ? "answer must be a whole JSON object but broke off or is malformed"
                            : "answer must be a JSON object but was not JSON",
                    answer.origin(begun ? Outcome.COMPLETED : Outcome.UNKNOWN),
                    e);
        }
    }

    private void readFields(JsonParser json) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if ((name.equals("data") || name.equals("output")) && value == JsonToken.START_ARRAY) {
                readItems(json);
            } else if (name.equals("error") && value != JsonToken.VALUE_NULL) {
                throw errors.inBody(answer, json.readValueAsTree());
            } else if (name.equals("usage") && value == JsonToken.START_OBJECT) {
                usage = UsageReader.read(json.readValueAsTree());
            } else {
                json.skipChildren();
            }
        }
    }

    /** Objects; or bare addresses, as Hugging Face's {@code output} and some mock servers have them. */
    private void readItems(JsonParser json) throws IOException {
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() == null) {
                throw unexpected("answer must be a whole JSON object but broke off", Outcome.COMPLETED);
            }
            if (json.currentToken() == JsonToken.START_OBJECT) {
                items.add(readItem(json));
            } else if (json.currentToken() == JsonToken.VALUE_STRING) {
                items.add(item(null, json.getText(), ImagesAnswer.Notes.NONE, null));
            } else {
                json.skipChildren();
            }
        }
    }

    private ImagesAnswer.Item readItem(JsonParser json) throws IOException {
        byte @Nullable [] content = null;
        String url = "";
        String revisedPrompt = null;
        Long seed = null;
        ImageGenerationException error = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            switch (name) {
                case "b64_json" ->
                    content = value == JsonToken.VALUE_STRING ? PictureBody.base64(json, maxImageBytes) : content;
                case "url" -> url = value == JsonToken.VALUE_STRING ? json.getText() : url;
                case "revised_prompt" ->
                    revisedPrompt = value == JsonToken.VALUE_STRING ? json.getText() : revisedPrompt;
                case "seed" -> seed = value == JsonToken.VALUE_NUMBER_INT ? Long.valueOf(json.getLongValue()) : seed;
                case "error" ->
                    error = value == JsonToken.START_OBJECT ? errors.inBody(answer, json.readValueAsTree()) : error;
                default -> json.skipChildren();
            }
        }
        return item(content, url, new ImagesAnswer.Notes(blankToNull(revisedPrompt), seed), error);
    }

    private ImagesAnswer.Item item(
            byte @Nullable [] content, String url, ImagesAnswer.Notes notes, @Nullable ImageGenerationException error) {
        if (content != null && content.length > 0) {
            return new ImagesAnswer.Content(content, notes);
        }
        if (url.startsWith("data:")) {
            return new ImagesAnswer.Content(dataUrl(url), notes);
        }
        if (!url.isEmpty()) {
            return new ImagesAnswer.Link(url, notes);
        }
        return new ImagesAnswer.Refused(
                error != null
                        ? error
                        : unexpected("picture must have b64_json or url but had neither", Outcome.COMPLETED));
    }

    private byte[] dataUrl(String url) {
        int comma = url.indexOf(',');
        try {
            if (comma > 0 && url.substring(0, comma).endsWith(";base64")) {
                return Base64.getMimeDecoder().decode(url.substring(comma + 1));
            }
        } catch (IllegalArgumentException e) {
            throw new UnexpectedResponseException(
                    "url must be a data URL in base64 but was malformed", answer.origin(Outcome.COMPLETED), e);
        }
        throw unexpected("url must be a data URL in base64 but was of another kind", Outcome.COMPLETED);
    }

    private static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isBlank() ? null : text;
    }

    private void readStream() throws IOException {
        new SseReader(answer.body()).forEach(this::readEvent);
        if (items.isEmpty()) {
            throw unexpected(
                    "stream must end with a finished picture but ended after " + events + " events", Outcome.UNKNOWN);
        }
    }

    private void readEvent(InputStream data) throws IOException {
        events++;
        String type = "";
        byte[] content = new byte[0];
        ObjectNode other = Json.MAPPER.createObjectNode();
        try (JsonParser json = Json.MAPPER.createParser(data)) {
            JsonToken first = json.nextToken();
            if (first == JsonToken.START_ARRAY) {
                return; // "[DONE]", which some servers send last
            }
            if (first != JsonToken.START_OBJECT) {
                throw unexpected("event must be a JSON object but was not", Outcome.UNKNOWN);
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                switch (name) {
                    case "type" -> type = json.getText();
                    case "b64_json" ->
                        content = value == JsonToken.VALUE_STRING ? PictureBody.base64(json, maxImageBytes) : content;
                    case "usage" ->
                        usage = value == JsonToken.START_OBJECT ? UsageReader.read(json.readValueAsTree()) : usage;
                    case "error" -> throw errors.inBody(answer, json.readValueAsTree());
                    case "code", "message", "param" -> other.set(name, json.readValueAsTree());
                    default -> json.skipChildren();
                }
            }
        } catch (StreamReadException e) {
            throw new UnexpectedResponseException(
                    "event must be a JSON object but was malformed", answer.origin(Outcome.UNKNOWN), e);
        }
        if (type.equals("error")) {
            throw errors.inBody(answer, other);
        }
        take(type, content);
    }

    private void take(String type, byte[] content) {
        if (content.length == 0) {
            return;
        }
        if (type.endsWith(".partial_image")) {
            preview.accept(content);
        } else if (type.endsWith(".completed")) {
            items.add(new ImagesAnswer.Content(content, ImagesAnswer.Notes.NONE));
        }
    }

    private UnexpectedResponseException unexpected(String message, Outcome outcome) {
        return new UnexpectedResponseException(message, answer.origin(outcome));
    }
}
