package dev.triptych.openai;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.Usage;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what Gemini answers, whole or as a stream: the pictures of each candidate's parts, but those that it merely
 * thought, which are previews. A candidate that ends for a reason of its content is a refusal; one that is empty for no
 * such reason was paid for all the same. Serves one answer.
 */
final class GeminiAnswerReader {

    /** Google's {@code FinishReason}s that speak of content. */
    private static final Set<String> REFUSALS = Set.of(
            "SAFETY",
            "RECITATION",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_RECITATION");

    private final ApiAnswer answer;
    private final long maxImageBytes;
    private final ErrorMapper errors;
    private final Consumer<byte[]> preview;
    private final List<ImagesAnswer.Item> items = new ArrayList<>();
    private final List<GenerationWarning> warnings = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private Optional<Usage> usage = Optional.empty();
    private @Nullable ImageGenerationException error;
    private String reason = "";

    private GeminiAnswerReader(ApiAnswer answer, long maxImageBytes, ErrorMapper errors, Consumer<byte[]> preview) {
        this.answer = answer;
        this.maxImageBytes = maxImageBytes;
        this.errors = errors;
        this.preview = preview;
    }

    /** The pictures of {@code answer}; thought ones go to {@code preview}. */
    static ImagesAnswer read(ApiAnswer answer, long maxImageBytes, ErrorMapper errors, Consumer<byte[]> preview)
            throws IOException {
        return new GeminiAnswerReader(answer, maxImageBytes, errors, preview).read();
    }

    private ImagesAnswer read() throws IOException {
        AnswerBody body = AnswerBody.of(answer);
        try {
            switch (body.kind()) {
                case JSON -> readDocument(Json.LENIENT.createParser(body.reader()));
                case EVENTS -> new SseReader(body.bytes()).forEach(this::readEvent);
                default ->
                    throw unexpected(
                            "answer must be application/json but was " + ErrorMapper.printable(answer.mediaType()),
                            Outcome.UNKNOWN);
            }
        } catch (StreamReadException e) {
            if (!hasPicture()) {
                throw new UnexpectedResponseException(
                        "answer must be a whole JSON object but broke off or is malformed",
                        answer.origin(body.kind() == AnswerBody.Kind.JSON ? Outcome.COMPLETED : Outcome.UNKNOWN),
                        e);
            }
            warnBrokenOff();
        } catch (IOException e) {
            if (!hasPicture()) {
                throw e;
            }
            warnBrokenOff();
        }
        if (!hasPicture() && error != null) {
            throw error;
        }
        if (items.isEmpty()) {
            throw empty();
        }
        if (error != null) {
            warnings.add(GenerationWarning.notice(
                    "answer", "beside the picture the answer holds an error: " + error.getMessage()));
        }
        return new ImagesAnswer(items, usage, warnings);
    }

    private boolean hasPicture() {
        return items.stream().anyMatch(ImagesAnswer.Content.class::isInstance);
    }

    private void warnBrokenOff() {
        warnings.add(GenerationWarning.notice(
                "answer",
                "the answer broke off or is malformed after picture " + items.size()
                        + "; what came before that is kept"));
    }

    /** Neither a picture nor a refusal: what it was billed for nobody knows. */
    private ImageGenerationException empty() {
        String why = reason.isEmpty() || reason.equals("STOP") ? "" : " (" + ErrorMapper.printable(reason) + ")";
        return errors.emptyAnswer(answer, why, text.toString());
    }

    private void readEvent(InputStream data) throws IOException {
        readDocument(Json.LENIENT.createParser(new InputStreamReader(data, StandardCharsets.UTF_8)));
    }

    private void readDocument(JsonParser parser) throws IOException {
        try (JsonParser json = parser) {
            if (json.nextToken() == JsonToken.START_ARRAY) {
                json.nextToken(); // a stream without alt=sse is a list of documents
            }
            while (json.currentToken() == JsonToken.START_OBJECT) {
                readObject(json, this::readField);
                json.nextToken();
            }
        }
    }

    /** What is done with one field of an object; the parser stands at its value. */
    private interface FieldReader {
        void read(JsonParser json, String name) throws IOException;
    }

    private static void readObject(JsonParser json, FieldReader reader) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            reader.read(json, name);
        }
    }

    private static void readList(JsonParser json, FieldReader reader) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            reader.read(json, "");
        }
    }

    private void readField(JsonParser json, String name) throws IOException {
        switch (name) {
            case "candidates" -> readList(json, this::readCandidate);
            case "promptFeedback" -> {
                String blocked =
                        json.<JsonNode>readValueAsTree().path("blockReason").asText("");
                if (!blocked.isEmpty()) {
                    error = errors.filtered(answer, ErrorMapper.printable(blocked));
                }
            }
            case "usageMetadata" -> usage = usage(json.readValueAsTree()).or(() -> usage);
            case "error" -> error = errors.inBody(answer, json.readValueAsTree());
            default -> json.skipChildren();
        }
    }

    private void readCandidate(JsonParser json, String ignored) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        int before = items.size();
        reason = "";
        readObject(json, (value, name) -> {
            switch (name) {
                case "content" -> {
                    if (value.currentToken() == JsonToken.START_OBJECT) {
                        readObject(value, (parts, field) -> {
                            if (field.equals("parts")) {
                                readList(parts, this::readPart);
                            } else {
                                parts.skipChildren();
                            }
                        });
                    } else {
                        value.skipChildren();
                    }
                }
                case "finishReason" -> reason = value.getText();
                default -> value.skipChildren();
            }
        });
        if (items.size() == before && REFUSALS.contains(reason)) {
            items.add(new ImagesAnswer.Refused(errors.filtered(answer, reason)));
        }
    }

    /** What one part says. */
    private static final class Part {
        private byte @Nullable [] picture;
        private boolean thought;
        private String text = "";
        private @Nullable String signature;
    }

    private void readPart(JsonParser json, String ignored) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        Part part = new Part();
        readObject(json, (value, name) -> {
            switch (name) {
                case "thought" -> part.thought = value.currentToken() == JsonToken.VALUE_TRUE;
                case "text" -> part.text = value.getText();
                case "thoughtSignature", "thought_signature" -> part.signature = value.getText();
                case "inlineData", "inline_data" -> part.picture = inlineData(value);
                default -> value.skipChildren();
            }
        });
        if (part.picture == null) {
            text.append(part.thought ? "" : part.text);
        } else if (part.thought) {
            preview.accept(part.picture);
        } else {
            items.add(new ImagesAnswer.Content(part.picture, new ImagesAnswer.Notes(null, null, part.signature)));
        }
    }

    private byte @Nullable [] inlineData(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return null;
        }
        ByteChunks chunks = new ByteChunks(maxImageBytes);
        readObject(json, (value, name) -> {
            if (name.equals("data") && value.currentToken() == JsonToken.VALUE_STRING) {
                PictureBody.base64(value, chunks);
            } else {
                value.skipChildren();
            }
        });
        return chunks.length() == 0 ? null : chunks.toByteArray();
    }

    /** Text and pictures of the prompt apart, where Google counts them apart; thoughts are output too. */
    private static Optional<Usage> usage(JsonNode counts) {
        OptionalLong text = OptionalLong.empty();
        OptionalLong image = OptionalLong.empty();
        for (JsonNode detail : counts.path("promptTokensDetails")) {
            OptionalLong tokens = OptionalLong.of(detail.path("tokenCount").asLong());
            if (detail.path("modality").asText().equals("IMAGE")) {
                image = tokens;
            } else {
                text = tokens;
            }
        }
        if (text.isEmpty() && image.isEmpty() && counts.has("promptTokenCount")) {
            text = OptionalLong.of(counts.path("promptTokenCount").asLong());
        }
        long output = counts.path("candidatesTokenCount").asLong()
                + counts.path("thoughtsTokenCount").asLong();
        return output == 0 && text.isEmpty()
                ? Optional.empty()
                : Optional.of(new Usage(text, image, OptionalLong.of(output)));
    }

    private UnexpectedResponseException unexpected(String message, Outcome outcome) {
        return new UnexpectedResponseException(message, answer.origin(outcome));
    }
}
