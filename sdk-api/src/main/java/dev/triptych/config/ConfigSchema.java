package dev.triptych.config;

import dev.triptych.cache.CachePolicy;
import dev.triptych.config.SettingValue.Kind;
import dev.triptych.resilience.FallbackReason;
import java.util.List;

/**
 * Every key of {@code triptych.yaml} that does not belong to one type of generator: the top-level sections, and the
 * keys that any generator may have. A new one is one line here.
 */
public final class ConfigSchema {

    /** The key that names the generator taken where none is asked for. */
    static final String DEFAULT = "default";

    /** The key that holds the named generators. */
    static final String GENERATORS = "generators";

    private static final List<SettingKey> GENERATOR_KEYS = List.of(
            SettingKey.of("type", "", "Which provider makes the pictures, such as local, openai or discord."),
            SettingKey.of("fallback", "", "Names of the generators to try in order where this one cannot serve.")
                    .holding(Kind.LIST),
            SettingKey.of("fallback-on", "", "What lets the next generator try; see resilience.fallback-on.")
                    .holding(SettingValue.listOf(FallbackReason.class)),
            SettingKey.of(
                    "prompt-rewriter",
                    "",
                    "What changes each prompt before the generator sees it: a text with {prompt} in it, or the name of a"
                            + " PromptRewriter on the class path."),
            SettingKey.of("cache", "", "Which pictures are served again: deterministic, reuse or off.")
                    .holding(SettingValue.oneOf(CachePolicy.class)),
            SettingKey.of("timeout", "5m", "The longest that one attempt takes, such as 2m, or off.")
                    .holding(SettingValue.between(Kind.DURATION, "1ms", "31d").orOff()),
            SettingKey.of("retry", "", "How failed calls are repeated; or off.")
                    .holding(SettingValue.map(ChainKeys.RETRY).orOff()),
            SettingKey.of("rate-limit", "off", "How many requests may begin in a time; or off.")
                    .holding(SettingValue.map(ChainKeys.RATE_LIMIT).orOff()),
            SettingKey.of("bulkhead", "", "How many requests may run at once; or off.")
                    .holding(SettingValue.map(ChainKeys.BULKHEAD).orOff()),
            SettingKey.of("circuit-breaker", "", "When a provider that fails is left alone for a while; or off.")
                    .holding(SettingValue.map(ChainKeys.CIRCUIT_BREAKER).orOff()),
            SettingKey.of("parallel-calls", "4", "Calls side by side for a request that takes several.")
                    .holding(SettingValue.between(Kind.INTEGER, "1", "100")));

    private static final List<Section> SECTIONS = List.of(
            new Section("cache", "Where pictures are kept for equal requests.", ChainKeys.CACHE),
            new Section("budget", "How much may be spent.", ChainKeys.BUDGET),
            new Section(
                    "resilience",
                    "Retry, limits and timeouts of all generators that say nothing else.",
                    ChainKeys.RESILIENCE),
            new Section(
                    "shared", "Servers on which several machines keep one budget and rate limit.", ChainKeys.SHARED),
            new Section("journal", "Where billable calls are written down.", ChainKeys.JOURNAL),
            new Section(
                    "store",
                    "Where the server keeps its jobs; without this section in its state folder.",
                    List.of(
                            SettingKey.of(
                                    "jdbc",
                                    "",
                                    "A PostgreSQL database that several servers share, such as"
                                            + " jdbc:postgresql://localhost/triptych."),
                            SettingKey.of("user", "", "Who connects to it."),
                            SettingKey.secret("password", "Their password."))));

    private ConfigSchema() {}

    /** The keys that any generator may have, beside those of its type. */
    public static List<SettingKey> generatorKeys() {
        return GENERATOR_KEYS;
    }

    /** The top-level sections beside {@code default} and {@code generators}. */
    public static List<Section> sections() {
        return SECTIONS;
    }

    /**
     * A top-level section.
     *
     * @param name its key, such as {@code "cache"}
     * @param description one sentence for a person
     * @param keys what it may hold; empty = its reader checks that
     */
    public record Section(String name, String description, List<SettingKey> keys) {
        /** Copies the list. */
        public Section {
            keys = List.copyOf(keys);
        }
    }
}
