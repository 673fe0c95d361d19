package dev.triptych.openai;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a generator sends its calls and what it says there. Immutable; never printed, since suppliers hold keys.
 *
 * @param baseUrl the address that paths are appended to, without a slash at its end
 * @param apiKey the key, asked for at each call so that it may change; gives {@code ""} where there is none
 * @param bearerToken a token that goes into {@code Authorization} in place of the key
 * @param model the model as the server calls it; {@code ""} = the server's own default
 * @param profile what the model honours
 * @param organization OpenAI's organisation id; {@code ""} = none
 * @param project OpenAI's project id; {@code ""} = none
 * @param deployment Azure's deployment; {@code ""} = none
 * @param apiVersion Azure's API version; {@code ""} = the usual one
 * @param options fields that are added to each body as they are; a null takes a field away
 */
record ServerSettings(
        URI baseUrl,
        Supplier<String> apiKey,
        Optional<Supplier<String>> bearerToken,
        String model,
        ModelProfile profile,
        String organization,
        String project,
        String deployment,
        String apiVersion,
        Map<String, @Nullable Object> options) {

    /** Copies the map, which may hold nulls. */
    ServerSettings {
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    }

    /** {@code text} as one segment of a path, or as a value of a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The address of {@code path} below the base URL. */
    URI resolve(String path) {
        return URI.create(baseUrl + path);
    }

    @Override
    public String toString() {
        return "ServerSettings[" + baseUrl.getHost() + ", model=" + model + "]";
    }
}
