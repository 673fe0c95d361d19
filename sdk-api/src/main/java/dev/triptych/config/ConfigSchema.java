package dev.triptych.config;

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
            SettingKey.of("fallback", "", "Names of the generators to try in order where this one cannot serve."),
            SettingKey.of("timeout", "", "The longest a call may take, such as 2m."),
            SettingKey.of("retry", "", "How failed calls are repeated."),
            SettingKey.of("rate-limit", "", "How many calls may start in a time."),
            SettingKey.of("bulkhead", "", "How many calls may run at once."),
            SettingKey.of("circuit-breaker", "", "When a provider that fails is left alone for a while."));

    private static final List<Section> SECTIONS = List.of(
            new Section("cache", "Where pictures are kept for equal requests.", List.of()),
            new Section("budget", "How much may be spent.", List.of()),
            new Section("resilience", "Retry, limits and timeouts of all generators that say nothing else.", List.of()),
            new Section("journal", "Where billable calls are written down.", List.of()));

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
