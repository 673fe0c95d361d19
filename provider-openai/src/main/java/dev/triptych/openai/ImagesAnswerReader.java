package dev.triptych.openai;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.Usage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer of the images API, whole or as a stream of events. Base64 is decoded while it arrives: a picture is
 * in memory once, never as text. Serves one answer.
 *
 * <p>A picture that is in the answer is delivered, whatever surrounds it, since it is paid for: what is understood is
 * kept, what is not is passed over as a whole value and named in a warning, and an error is thrown only where there is
 * no picture.
 *
 * <p>What a broken answer means for the bill: an HTML page, an empty body or a stream that ends early may come from
 * anywhere on the way, so the outcome is unknown; a JSON answer that has begun was sent by a server whose work was
 * done, unless its status says that it has merely taken the order.
 */
final class ImagesAnswerReader {

    /** Where servers put base64. */
    private static final Set<String> BASE64_FIELDS =
            Set.of("b64_json", "b64", "base64", "b64_image", "image_b64", "image_base64", "image_data");

    private static final Set<String> LINK_FIELDS = Set.of("url", "image_url", "uri", "link");

    /** What holds pictures, as a list, as one object, or as one text that is base64 or a link. */
    private static final Set<String> HOLDERS =
            Set.of("data", "images", "image", "output", "outputs", "result", "results", "response", "artifacts");

    /** An error's own words, where they stand beside the pictures or in place of them. */
    private static final Set<String> ERROR_WORDS =
            Set.of("message", "msg", "detail", "code", "param", "name", "reason", "title");

    /** The deepest holder within a holder. */
    private static final int MAX_DEPTH = 8;

    private static final int MAX_LINK = 16 * 1024;
    private static final int MAX_SEED_DIGITS = 40;
    private static final int STATUS_ACCEPTED = 202;
    private static final String FILTERED = "CONTENT_FILTERED";

    private final ApiAnswer answer;
    private final long maxImageBytes;
    private final ErrorMapper errors;
    private final Consumer<byte[]> preview;
    private final List<ImagesAnswer.Item> items = new ArrayList<>();
    private final List<GenerationWarning> warnings = new ArrayList<>();
    private final ObjectNode words = Json.MAPPER.createObjectNode();
    private Optional<Usage> usage = Optional.empty();
    private Optional<BigDecimal> dollars = Optional.empty();
    private @Nullable ImageGenerationException error;
    private @Nullable ByteChunks unfinished;
    private String eventType = "";
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
        AnswerBody body = AnswerBody.of(answer);
        try {
            readBody(body);
        } catch (IOException | UnexpectedResponseException e) {
            if (!hasPicture()) {
                throw e;
            }
            warn("the answer broke off or is malformed after picture " + items.size()
                    + "; what came before that is kept");
        }
        if (!hasPicture()) {
            throwWhatStandsInPlaceOfPictures();
        } else if (error != null) {
            warn("beside the picture the answer holds an error: " + error.getMessage());
        }
        return new ImagesAnswer(items, usage, dollars, warnings);
    }

    private void readBody(AnswerBody body) throws IOException {
        switch (body.kind()) {
            case JSON -> readDocument(body);
            case EVENTS -> readStream(body);
            case PICTURE -> readPicture(body);
            case TEXT -> readText(body);
            default -> {
                if (!PictureBody.isPicture(answer)) {
                    throw unreadable(body);
                }
                readPicture(body); // of a format that is judged where pictures are
            }
        }
    }

    private boolean hasPicture() {
        return items.stream().anyMatch(item -> !(item instanceof ImagesAnswer.Refused));
    }

    /** Pictures that were each refused are told of one by one; else the answer's own error or words. */
    private void throwWhatStandsInPlaceOfPictures() {
        if (error != null) {
            throw error;
        }
        if (!items.isEmpty()) {
            return;
        }
        if (!words.isEmpty()) {
            throw errors.withoutPictures(answer, ErrorBody.ofDocument(words));
        }
        throw unexpected("answer must hold at least one picture but held none", done());
    }

    private UnexpectedResponseException unreadable(AnswerBody body) {
        if (!answer.mayBeJson()) {
            return unexpected(
                    "answer must be application/json but was " + ErrorMapper.printable(answer.mediaType()),
                    Outcome.UNKNOWN);
        }
        return unexpected(
                body.kind() == AnswerBody.Kind.EMPTY
                        ? "answer must be a JSON object but was empty"
                        : "answer must be a JSON object but was not JSON",
                Outcome.UNKNOWN);
    }

    private void readPicture(AnswerBody body) throws IOException {
        items.add(new ImagesAnswer.Content(PictureBody.bytes(body.bytes(), maxImageBytes), ImagesAnswer.Notes.NONE));
    }

    private void readText(AnswerBody body) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        body.bytes().transferTo(text);
        items.add(ofText(text.toString(body.charset()).strip(), ImagesAnswer.Notes.NONE));
    }

    private void readDocument(AnswerBody body) throws IOException {
        try (JsonParser json = Json.LENIENT.createParser(body.reader())) {
            JsonToken first = json.nextToken();
            if (first == JsonToken.START_OBJECT) {
                readObject(json, false, 0);
            } else if (first == JsonToken.START_ARRAY) {
                readItems(json, 0);
            } else {
                items.add(ofText(json.getText().strip(), ImagesAnswer.Notes.NONE));
            }
        } catch (StreamReadException e) {
            throw withRemains(new UnexpectedResponseException(
                    "answer must be a whole JSON object but broke off or is malformed", answer.origin(done()), e));
        }
    }

    /** What one object says. */
    private static final class Found {
        private byte @Nullable [] content;
        private @Nullable String url;
        private @Nullable String revisedPrompt;
        private @Nullable Long seed;
        private @Nullable ImageGenerationException error;

        /** Why a picture that is there must not be taken for the one that was asked: it was made unrecognisable. */
        private @Nullable ImageGenerationException refusal;

        ImagesAnswer.Notes notes() {
            return new ImagesAnswer.Notes(
                    revisedPrompt == null || revisedPrompt.isBlank() ? null : revisedPrompt, seed);
        }
    }

    /** An object: one of a list of pictures, or one that holds them, or both. */
    private void readObject(JsonParser json, boolean listed, int depth) throws IOException {
        Found found = new Found();
        int before = items.size();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if (BASE64_FIELDS.contains(name)) {
                readBase64(json, found);
            } else if (LINK_FIELDS.contains(name)) {
                readLink(json, name, found);
            } else if (HOLDERS.contains(name)) {
                readHolder(json, found, depth + 1);
            } else if (name.equals("error") || name.equals("errors")) {
                readError(json, found);
            } else if (name.equals("usage") && value == JsonToken.START_OBJECT) {
                JsonNode counts = json.readValueAsTree();
                usage = UsageReader.read(counts);
                dollars = counts.path("cost").isNumber()
                        ? Optional.of(counts.path("cost").decimalValue())
                        : dollars;
            } else {
                readNote(json, name, found, listed);
            }
        }
        boolean hasPicture = found.content != null || found.url != null || found.refusal != null;
        if (hasPicture || (listed && items.size() == before)) {
            items.add(item(found));
        }
        keepError(found, hasPicture || !listed);
    }

    private void readNote(JsonParser json, String name, Found found, boolean listed) throws IOException {
        switch (name) {
            case "revised_prompt" -> found.revisedPrompt = text(json, name);
            case "seed" -> found.seed = seed(json);
            case "finish_reason", "finishReason" -> {
                if (FILTERED.equals(text(json, name))) {
                    found.refusal = errors.filtered(answer, FILTERED);
                }
            }
            case "type" -> eventType = String.valueOf(text(json, name));
            default -> {
                if (!listed && ERROR_WORDS.contains(name)) {
                    words.set(name, json.readValueAsTree());
                } else {
                    json.skipChildren();
                }
            }
        }
    }

    private void readBase64(JsonParser json, Found found) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            passOver(json, json.currentName(), "a text");
            return;
        }
        ByteChunks chunks = new ByteChunks(maxImageBytes);
        unfinished = chunks;
        try {
            PictureBody.base64(json, chunks);
            found.content = chunks.length() == 0 ? found.content : chunks.toByteArray();
        } catch (UnusablePictureException e) {
            found.error = new UnexpectedResponseException(
                    String.valueOf(e.getMessage()), answer.origin(Outcome.COMPLETED), e);
        }
        unfinished = null;
    }

    private void readLink(JsonParser json, String name, Found found) throws IOException {
        if (json.currentToken() == JsonToken.START_OBJECT) {
            JsonNode url = json.<JsonNode>readValueAsTree().path("url"); // as chat completions have it
            found.url = url.isTextual() ? url.textValue() : found.url;
            return;
        }
        String text = text(json, name);
        found.url = text == null || text.isBlank() ? found.url : text.strip();
    }

    private void readHolder(JsonParser json, Found found, int depth) throws IOException {
        switch (json.currentToken()) {
            case START_ARRAY -> readItems(json, depth);
            case START_OBJECT -> {
                if (depth > MAX_DEPTH) {
                    json.skipChildren();
                } else {
                    readObject(json, false, depth);
                }
            }
            case VALUE_STRING -> {
                String text = json.getText().strip();
                found.url = isPictureOrLink(text) ? text : found.url;
            }
            default -> json.skipChildren();
        }
    }

    /** Objects; or bare addresses or base64, as Hugging Face's {@code output} and some servers have them. */
    private void readItems(JsonParser json, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() == null) {
                throw unexpected("answer must be a whole JSON object but broke off", done());
            }
            switch (json.currentToken()) {
                case START_OBJECT -> readObject(json, true, depth + 1);
                case VALUE_STRING -> items.add(ofText(json.getText().strip(), ImagesAnswer.Notes.NONE));
                default -> json.skipChildren();
            }
        }
    }

    private void readError(JsonParser json, Found found) throws IOException {
        JsonNode tree = json.readValueAsTree();
        if (!saysNothing(tree)) {
            found.error = errors.inBody(answer, tree);
        }
    }

    /** {@code null}, {@code ""}, {@code false}, 0 and empty lists stand for no error. */
    private static boolean saysNothing(JsonNode tree) {
        return tree.isContainerNode()
                ? tree.isEmpty()
                : !tree.isTextual() ? !tree.asBoolean() : tree.asText().isBlank();
    }

    /** An error beside a picture, or beside all of them, must not hide them. */
    private void keepError(Found found, boolean beside) {
        if (found.error != null && beside) {
            error = error == null ? found.error : error;
        }
    }

    private ImagesAnswer.Item item(Found found) {
        if (found.refusal != null) {
            return new ImagesAnswer.Refused(found.refusal);
        }
        if (found.content != null) {
            return new ImagesAnswer.Content(found.content, found.notes());
        }
        if (found.url != null) {
            return ofText(found.url, found.notes());
        }
        return new ImagesAnswer.Refused(
                found.error != null
                        ? found.error
                        : unexpected("picture must have b64_json or url but had neither", Outcome.COMPLETED));
    }

    private static boolean isPictureOrLink(String text) {
        return PictureText.isPicture(text) || text.startsWith("http://") || text.startsWith("https://");
    }

    private ImagesAnswer.Item ofText(String text, ImagesAnswer.Notes notes) {
        if (PictureText.isPicture(text)) {
            return PictureText.decode(text)
                    .<ImagesAnswer.Item>map(bytes -> bytes.length > maxImageBytes
                            ? new ImagesAnswer.Refused(
                                    unexpected(ByteChunks.tooLarge(maxImageBytes), Outcome.COMPLETED))
                            : new ImagesAnswer.Content(bytes, notes))
                    .orElseGet(() -> new ImagesAnswer.Refused(
                            unexpected("picture must be base64 but was malformed", Outcome.COMPLETED)));
        }
        if (text.length() > MAX_LINK || text.isEmpty() || text.chars().anyMatch(Character::isWhitespace)) {
            return new ImagesAnswer.Refused(
                    unexpected("picture must be base64 or a link but was another text", Outcome.COMPLETED));
        }
        return new ImagesAnswer.Link(text, notes);
    }

    private @Nullable String text(JsonParser json, String name) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            return json.getText();
        }
        passOver(json, name, "a text");
        return null;
    }

    /** A whole number or a text that spells one; beyond 63 bits it cannot be given back to us and is left out. */
    private @Nullable Long seed(JsonParser json) throws IOException {
        JsonToken value = json.currentToken();
        if ((value == JsonToken.VALUE_NUMBER_INT || value == JsonToken.VALUE_STRING)
                && json.getTextLength() <= MAX_SEED_DIGITS) {
            try {
                return new BigInteger(json.getText().strip()).longValueExact();
            } catch (NumberFormatException | ArithmeticException e) {
                warn("seed of picture " + number()
                        + " must be a whole number of 63 bits but was not; it was passed over");
                return null;
            }
        }
        passOver(json, "seed", "a whole number");
        return null;
    }

    /** Skips a value of another kind than the field has; no value at all needs no word. */
    private void passOver(JsonParser json, String name, String expected) throws IOException {
        JsonToken found = json.currentToken();
        json.skipChildren();
        if (found != JsonToken.VALUE_NULL) {
            warn(name + " of picture " + number() + " must be " + expected + " but was " + kind(found)
                    + "; it was passed over");
        }
    }

    private int number() {
        return items.size() + 1;
    }

    private static String kind(JsonToken token) {
        return switch (token) {
            case START_ARRAY -> "a list";
            case START_OBJECT -> "an object";
            case VALUE_STRING -> "a text";
            case VALUE_TRUE, VALUE_FALSE -> "a truth value";
            default -> "a number";
        };
    }

    private void readStream(AnswerBody body) throws IOException {
        new SseReader(body.bytes()).forEach(this::readEvent);
        if (!hasPicture() && error == null) {
            throw withRemains(unexpected(
                    "stream must end with a finished picture but ended after " + events + " events", Outcome.UNKNOWN));
        }
    }

    /** An event that is broken does not hide those that follow. */
    private void readEvent(InputStream data) throws IOException {
        events++;
        eventType = "";
        int before = items.size();
        try (JsonParser json =
                Json.LENIENT.createParser(new DataUrlReader(new InputStreamReader(data, StandardCharsets.UTF_8)))) {
            JsonToken first = json.nextToken();
            if (first == JsonToken.START_OBJECT) {
                readObject(json, false, 0);
            } else if (first != JsonToken.START_ARRAY && first != null) { // "[DONE]", which some servers send last
                throw unexpected("event must be a JSON object but was not", Outcome.UNKNOWN);
            }
        } catch (StreamReadException e) {
            if (hasPicture()) {
                warn("event " + events + " is malformed and was passed over");
                return;
            }
            throw withRemains(new UnexpectedResponseException(
                    "event must be a JSON object but was malformed", answer.origin(Outcome.UNKNOWN), e));
        }
        if (eventType.equals("error") && error == null) {
            error = errors.withoutPictures(answer, ErrorBody.ofDocument(words));
        }
        if (error != null && !hasPicture() && (eventType.isEmpty() || eventType.equals("error"))) {
            throw error; // the stream may stay open though nothing follows
        }
        if (eventType.endsWith(".partial_image")) {
            showUnfinished(items.subList(before, items.size()));
        }
    }

    private void showUnfinished(List<ImagesAnswer.Item> unfinishedItems) {
        unfinishedItems.stream()
                .filter(ImagesAnswer.Content.class::isInstance)
                .forEach(item -> preview.accept(((ImagesAnswer.Content) item).bytes()));
        unfinishedItems.clear();
    }

    /** An order that was merely taken is not done. */
    private Outcome done() {
        return answer.status() == STATUS_ACCEPTED ? Outcome.UNKNOWN : Outcome.COMPLETED;
    }

    private UnexpectedResponseException withRemains(UnexpectedResponseException broken) {
        ByteChunks rest = unfinished;
        return rest == null || rest.length() == 0 ? broken : broken.withRemains(rest.toByteArray());
    }

    private void warn(String message) {
        warnings.add(GenerationWarning.notice("answer", message));
    }

    private UnexpectedResponseException unexpected(String message, Outcome outcome) {
        return new UnexpectedResponseException(message, answer.origin(outcome));
    }
}
