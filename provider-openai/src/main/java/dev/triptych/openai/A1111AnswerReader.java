package dev.triptych.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Outcome;
import dev.triptych.UnexpectedResponseException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads what AUTOMATIC1111's API answers: pictures in base64, some servers' as data URLs, and in a text of JSON their
 * seeds. A grid that comes before the pictures is left out.
 */
final class A1111AnswerReader {

    private A1111AnswerReader() {}

    /** The pictures of {@code answer}. */
    static ImagesAnswer read(ApiAnswer answer, long maxImageBytes, ErrorMapper errors) throws IOException {
        JsonNode tree = tree(answer);
        JsonNode info = info(tree.path("info"));
        JsonNode pictures = tree.path("images");
        if (pictures.isEmpty()) {
            throw errors.emptyAnswer(answer, "", tree.path("detail").asText(""));
        }
        // With a single picture there is no grid, whatever the server says.
        int first = pictures.size() == 1 ? 0 : info.path("index_of_first_image").asInt();
        List<ImagesAnswer.Item> items = new ArrayList<>();
        for (int i = first; i < pictures.size(); i++) {
            ImagesAnswer.Notes notes = new ImagesAnswer.Notes(null, seed(info, i - first));
            items.add(item(answer, pictures.get(i).asText(""), notes, maxImageBytes));
        }
        return new ImagesAnswer(items, Optional.empty(), List.of());
    }

    private static JsonNode tree(ApiAnswer answer) throws IOException {
        AnswerBody body = AnswerBody.of(answer);
        if (body.kind() != AnswerBody.Kind.JSON) {
            throw new UnexpectedResponseException(
                    "answer must be JSON but was " + body.kind(), answer.origin(Outcome.UNKNOWN));
        }
        try {
            return Json.LENIENT.readTree(body.reader());
        } catch (JsonProcessingException e) {
            throw new UnexpectedResponseException(
                    "answer must be JSON but could not be read", answer.origin(Outcome.COMPLETED), e);
        }
    }

    private static JsonNode info(JsonNode info) {
        return info.isTextual() ? Json.scalarOrTree(info.asText()) : info;
    }

    private static @Nullable Long seed(JsonNode info, int index) {
        JsonNode all = info.path("all_seeds");
        JsonNode seed = all.has(index) ? all.path(index) : index == 0 ? info.path("seed") : all.path(index);
        return seed.isIntegralNumber() && seed.asLong() >= 0 ? Long.valueOf(seed.asLong()) : null;
    }

    private static ImagesAnswer.Item item(
            ApiAnswer answer, String base64, ImagesAnswer.Notes notes, long maxImageBytes) {
        byte[] bytes;
        try {
            bytes = Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            return refused(answer, "picture must be base64 but was not", e);
        }
        return bytes.length > maxImageBytes
                ? refused(
                        answer,
                        "picture must be at most " + maxImageBytes + " bytes (by max-image-bytes) but was "
                                + bytes.length,
                        null)
                : new ImagesAnswer.Content(bytes, notes);
    }

    private static ImagesAnswer.Refused refused(ApiAnswer answer, String message, @Nullable Exception cause) {
        UnexpectedResponseException error = cause == null
                ? new UnexpectedResponseException(message, answer.origin(Outcome.COMPLETED))
                : new UnexpectedResponseException(message, answer.origin(Outcome.COMPLETED), cause);
        return new ImagesAnswer.Refused(error);
    }
}
