package dev.triptych.cache;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageRequest;
import dev.triptych.RequestJson;
import java.nio.charset.StandardCharsets;

/**
 * The name of a cache entry. It holds no prompt.
 *
 * @param hex SHA-256 in lower-case hexadecimal of the canonical JSON of key version, model, provider, effective request
 *     and revision
 */
record CacheKey(String hex) {

    /** Goes up whenever the same request may mean another picture. */
    private static final int VERSION = 1;

    static CacheKey of(GeneratorInfo generator, ImageRequest effective) {
        String json = "{\"keyVersion\":" + VERSION
                + ",\"model\":" + quoted(generator.model())
                + ",\"provider\":" + quoted(generator.provider())
                + ",\"request\":" + RequestJson.canonical(effective)
                + ",\"revision\":" + quoted(generator.revision()) + "}";
        return new CacheKey(Sha256Hex.of(json.getBytes(StandardCharsets.UTF_8)));
    }

    private static String quoted(String text) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
