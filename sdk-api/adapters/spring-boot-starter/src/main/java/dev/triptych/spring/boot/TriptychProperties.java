package dev.triptych.spring.boot;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;

/**
 * {@code triptych.*}: either the place of a {@code triptych.yaml}, or its whole tree as properties.
 *
 * <pre>
 * triptych:
 *   default: studio
 *   generators:
 *     studio:  { type: openai, model: gpt-image-1, api-key: "${OPENAI_API_KEY:}", fallback: [offline] }
 *     offline: { type: local }
 * </pre>
 *
 * @param config a {@code triptych.yaml}: a path, or a resource such as {@code classpath:triptych.yaml}
 * @param reload how often {@code config} is looked at for changes; never by default
 * @param defaultGenerator the generator taken where none is asked for; over what {@code config} says
 * @param generators the generators by name, each with a {@code type} and that type's keys
 * @param cache where pictures are kept for equal requests
 * @param budget how much may be spent
 * @param resilience retry, limits and timeouts of all generators that say nothing else
 * @param shared servers on which several machines keep one budget and rate limit
 * @param journal where billable calls are written down
 * @param store where a server of Triptych's keeps its jobs
 */
@ConfigurationProperties(prefix = TriptychProperties.PREFIX, ignoreUnknownFields = false)
public record TriptychProperties(
        @Nullable String config,
        @Nullable Duration reload,
        @Name("default") @Nullable String defaultGenerator,
        @DefaultValue Map<String, Map<String, Object>> generators,
        @DefaultValue Map<String, Object> cache,
        @DefaultValue Map<String, Object> budget,
        @DefaultValue Map<String, Object> resilience,
        @DefaultValue Map<String, Object> shared,
        @DefaultValue Map<String, Object> journal,
        @DefaultValue Map<String, Object> store) {

    static final String PREFIX = "triptych";

    /** The names of the generators; no value, since any may be a secret. */
    @Override
    public String toString() {
        return "TriptychProperties[config=" + config + ", default=" + defaultGenerator + ", generators="
                + generators.keySet() + "]";
    }
}
