package dev.triptych.openai;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Where a generator sends its calls and what it says there. Immutable; never printed, since suppliers hold keys.
 *
 * @param baseUrl the address that paths are appended to, without a slash at its end
 * @param apiKey the key, asked for at each call so that it may change; gives {@code ""} where there is none
 * @param bearerToken a token that goes into {@code Authorization} in place of the key
 * @param model the model as the server calls it; {@code ""} = the server's own default
 * @param vendor whose row of the table the model's is
 * @param profile what the model honours
 * @param organization OpenAI's organisation id; {@code ""} = none
 * @param project OpenAI's project id; {@code ""} = none
 * @param deployment Azure's deployment; {@code ""} = none
 * @param apiVersion Azure's API version; {@code ""} = the usual one
 * @param options fields that are added to each body as they are; a null takes a field away
 * @param headers sent with each call, in place of ours of the same name
 * @param query parameters that are added to each address
 */
record ServerSettings(
        HttpUrl baseUrl,
        Supplier<String> apiKey,
        Optional<Supplier<String>> bearerToken,
        String model,
        String vendor,
        ModelProfile profile,
        String organization,
        String project,
        String deployment,
        String apiVersion,
        Map<String, @Nullable Object> options,
        Map<String, String> headers,
        Map<String, String> query) {

    /** Copies the maps, of which the first may hold nulls. */
    ServerSettings {
        options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        query = Collections.unmodifiableMap(new LinkedHashMap<>(query));
    }

    /** {@code text} as one segment of a path, or as a value of a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The address of {@code path} below the base URL. */
    HttpUrl resolve(String path) {
        String base = baseUrl.toString();
        return HttpUrl.get((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
    }

    /** These settings with another profile of the model. */
    ServerSettings with(ModelProfile other) {
        return new ServerSettings(
                baseUrl,
                apiKey,
                bearerToken,
                model,
                vendor,
                other,
                organization,
                project,
                deployment,
                apiVersion,
                options,
                headers,
                query);
    }

    /** What must not be shown: key, token, and what is configured for headers and addresses. */
    List<String> secrets() {
        List<String> secrets = new ArrayList<>(headers.values());
        secrets.addAll(query.values());
        secrets.add(Credentials.secret(this));
        return secrets;
    }

    @Override
    public String toString() {
        return "ServerSettings[" + baseUrl.host() + ", model=" + model + "]";
    }
}
