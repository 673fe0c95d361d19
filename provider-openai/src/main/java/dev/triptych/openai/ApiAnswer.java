package dev.triptych.openai;

import dev.triptych.ErrorOrigin;
import dev.triptych.Outcome;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What came back: status, headers and a body that is read once, as a stream.
 *
 * @param providerId who answered
 * @param status the HTTP status
 * @param headers the last value of each header; the names are compared without case
 * @param body the content, unzipped
 */
record ApiAnswer(String providerId, int status, Map<String, String> headers, InputStream body) {

    /** Where servers write their own id of a request: OpenAI and Hugging Face, Azure's gateway, Azure. */
    private static final List<String> REQUEST_ID_HEADERS =
            List.of("x-request-id", "apim-request-id", "x-ms-request-id");

    private static final int MAX_REQUEST_ID = 200;

    /** Copies the map. */
    ApiAnswer {
        Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(headers);
        headers = copy;
    }

    /** The value of header {@code name}. */
    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** The media type without its parameters, in lower case; {@code ""} where the server does not say. */
    String mediaType() {
        String value = header("Content-Type").orElse("");
        int semicolon = value.indexOf(';');
        return (semicolon < 0 ? value : value.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    }

    /** Whether the body is JSON by its media type, or may be because the server does not say. */
    boolean mayBeJson() {
        String type = mediaType();
        return type.isEmpty() || type.endsWith("/json") || type.endsWith("+json") || type.equals("text/plain");
    }

    /** The origin of an error that this answer tells of. */
    ErrorOrigin origin(Outcome outcome) {
        ErrorOrigin origin = ErrorOrigin.of(providerId, outcome).withHttpStatus(status);
        if (header("x-should-retry")
                .filter(word -> word.strip().equals("false"))
                .isPresent()) {
            origin = origin.withRetryForbidden();
        }
        ErrorOrigin said = origin;
        return requestId().map(said::withRequestId).orElse(said);
    }

    /** The server's own id of the request. */
    Optional<String> requestId() {
        return REQUEST_ID_HEADERS.stream()
                .map(headers::get)
                .filter(value -> value != null && !value.isBlank() && value.length() <= MAX_REQUEST_ID)
                .findFirst();
    }

    @Override
    public String toString() {
        return "ApiAnswer[" + providerId + ", " + status + ", " + mediaType() + "]";
    }
}
