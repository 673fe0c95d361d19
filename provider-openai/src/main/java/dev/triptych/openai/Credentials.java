package dev.triptych.openai;

import dev.triptych.AuthenticationException;
import dev.triptych.ErrorOrigin;
import dev.triptych.Outcome;
import java.util.Map;

/** The headers that hold a key. */
final class Credentials {

    private Credentials() {}

    /** {@code Authorization: Bearer …}, or nothing where there is neither key nor token. */
    static Map<String, String> bearer(ServerSettings settings) {
        String secret = secret(settings);
        return secret.isEmpty() ? Map.of() : Map.of("Authorization", "Bearer " + secret);
    }

    /** {@code api-key: …} for a key, {@code Authorization: Bearer …} for a token. */
    static Map<String, String> azure(ServerSettings settings) {
        if (settings.bearerToken().isPresent()) {
            return bearer(settings);
        }
        String secret = secret(settings);
        return secret.isEmpty() ? Map.of() : Map.of("api-key", secret);
    }

    /** The token or the key, without spaces around it; {@code ""} where there is none. */
    static String secret(ServerSettings settings) {
        return settings.bearerToken().orElse(settings.apiKey()).get().strip();
    }

    /**
     * Makes sure that there is a key that can be sent.
     *
     * @throws AuthenticationException if the server needs one and there is none, or it cannot stand in a header
     */
    static void check(ServerProfile server, ServerSettings settings) {
        String secret = secret(settings);
        if (secret.isEmpty() && server.needsKey()) {
            throw new AuthenticationException(
                    "api-key must be set for profile " + server.id() + " but was not",
                    ErrorOrigin.of(server.id(), Outcome.NOT_SENT));
        }
        if (!isPrintable(secret)) {
            throw new AuthenticationException(
                    "api-key must be of printable ASCII characters but holds another one",
                    ErrorOrigin.of(server.id(), Outcome.NOT_SENT));
        }
    }

    /** Whether {@code text} can stand in a header. */
    static boolean isPrintable(String text) {
        return text.chars().allMatch(c -> c > ' ' && c < 127);
    }

    /** Whether {@code text} can be a header's name (RFC 9110, 5.6.2). */
    static boolean isToken(String text) {
        return text.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    }

    /** Whether {@code text} can be a header's value: printable, with spaces within. */
    static boolean isHeaderValue(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c < 127);
    }

    /** Adds a header unless its value is empty. */
    static void putIfGiven(Map<String, String> headers, String name, String value) {
        if (!value.isEmpty()) {
            headers.put(name, value);
        }
    }
}
