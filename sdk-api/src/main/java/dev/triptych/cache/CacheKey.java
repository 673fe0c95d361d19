package dev.triptych.cache;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageRequest;
import dev.triptych.RequestJson;
import dev.triptych.internal.Sha256;
import java.nio.charset.StandardCharsets;

/**
 * The name of a cache entry. It holds no prompt.
 *
 * @param hex SHA-256 in lower-case hexadecimal of the canonical JSON of key version, model, provider, effective
 *     request, revision and the generator's own settings
 */
record CacheKey(String hex) {

    /** Goes up whenever the same request may mean another picture. */
    private static final int VERSION = 1;

    /**
     * The key of {@code effective} at a generator.
     *
     * @param settings what else decides about its pictures, such as its own defaults; no secret
     */
    static CacheKey of(GeneratorInfo generator, String settings, ImageRequest effective) {
        String json = "{\"keyVersion\":" + VERSION
                + ",\"model\":" + quoted(generator.model())
                + ",\"provider\":" + quoted(generator.provider())
                + ",\"request\":" + RequestJson.canonical(effective)
                + ",\"revision\":" + quoted(generator.revision())
                + ",\"settings\":" + quoted(settings) + "}";
        return new CacheKey(Sha256.hex(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
