package dev.triptych.config;

import dev.triptych.cache.CachePolicy;
import dev.triptych.cache.CacheSettings;
import dev.triptych.cache.JCacheSettings;
import dev.triptych.ledger.BudgetLimits;
import dev.triptych.ledger.BudgetSettings;
import dev.triptych.ledger.JournalSettings;
import dev.triptych.resilience.FallbackSettings;
import dev.triptych.resilience.GuardSettings;
import java.math.BigDecimal;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads what stands around every generator from sections {@code cache}, {@code budget}, {@code journal},
 * {@code resilience}, {@code shared}.
 */
public final class ChainConfig {

    private final TriptychConfig config;

    private ChainConfig(TriptychConfig config) {
        this.config = config;
    }

    /**
     * The settings of the whole chain in {@code config}.
     *
     * @throws ConfigException if one of them cannot be used
     */
    public static StandardSettings read(TriptychConfig config) {
        return new ChainConfig(config).settings();
    }

    private StandardSettings settings() {
        ChainSection resilience = section("resilience", ChainKeys.RESILIENCE);
        StandardSettings settings = new StandardSettings(
                GuardConfig.read(resilience, GuardSettings.standard()),
                // A local generator has a queue of its own; only its own settings put another one before it.
                GuardConfig.read(resilience, GuardSettings.local()).withoutBulkhead(),
                GuardConfig.fallback(resilience, FallbackSettings.standard()),
                Optional.empty(),
                ChainSection.checked("", this::cache),
                ChainSection.checked("", this::budget),
                journal(),
                ChainSection.checked("", this::shared),
                resilience.settings().bool("observe").orElse(true),
                List.of());
        GuardConfig.requireShared(resilience.path() + ".", settings.guard(), settings);
        settings.budget()
                .filter(budget -> budget.store() != BudgetSettings.Store.DIRECTORY)
                .ifPresent(budget -> ChainSection.checked("", () -> {
                    StandardSettings.requireServer(
                            "budget.store",
                            budget.store() == BudgetSettings.Store.JDBC,
                            settings.shared().orElseGet(SharedSettings::none));
                    return budget;
                }));
        return settings;
    }

    private Optional<SharedSettings> shared() {
        ChainSection section = section("shared", ChainKeys.SHARED);
        GeneratorSettings given = section.settings();
        SharedSettings standard = SharedSettings.none();
        SharedSettings shared = new SharedSettings(
                given.string("redis"),
                given.string("redis-user"),
                given.string("redis-password"),
                given.string("jdbc"),
                given.string("user"),
                given.string("password"),
                given.string("name").orElse(standard.name()),
                section.integer("workers", standard.workers()),
                given.duration("timeout").orElse(standard.timeout()));
        return shared.isEmpty() ? Optional.empty() : Optional.of(shared);
    }

    private ChainSection section(String name, List<SettingKey> known) {
        GeneratorSettings settings = config.section(name);
        settings.keys().forEach(key -> KnownKeys.check(name + ".", key, ChainKeys.names(known)));
        SettingCheck.check(settings, known);
        return new ChainSection(name, settings);
    }

    private CacheSettings cache() {
        ChainSection section = section("cache", ChainKeys.CACHE);
        CacheSettings standard = CacheSettings.standard();
        return new CacheSettings(
                section.word("policy", CachePolicy.class).orElse(standard.policy()),
                section.settings().bytes("memory").orElse(standard.memoryBytes()),
                section.file("directory"),
                section.settings().bytes("max-size").orElse(standard.directoryBytes()),
                section.child("jcache", ChainKeys.JCACHE).map(ChainConfig::jcache));
    }

    private static JCacheSettings jcache(ChainSection section) {
        return new JCacheSettings(
                section.settings().string("provider"),
                section.settings().string("uri").map(URI::create),
                section.settings().string("name").orElse("triptych"));
    }

    private Optional<JournalSettings> journal() {
        return section("journal", ChainKeys.JOURNAL).file("directory").map(JournalSettings::new);
    }

    private Optional<BudgetSettings> budget() {
        ChainSection section = section("budget", ChainKeys.BUDGET);
        if (section.settings().keys().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new BudgetSettings(
                section.word("store", BudgetSettings.Store.class).orElse(BudgetSettings.Store.DIRECTORY),
                section.file("directory"),
                section.settings().duration("lease").orElse(Duration.ofMinutes(15)),
                section.settings().string("currency").orElse("USD"),
                limits(section, "per-call"),
                limits(section, "per-day"),
                limits(section, "per-month"),
                prices(section),
                zone(section)));
    }

    /** A sum, or a map of money and pictures. */
    private static BudgetLimits limits(ChainSection section, String key) {
        if (!section.settings().isMap(key)) {
            return new BudgetLimits(section.decimal(key), OptionalInt.empty());
        }
        ChainSection own = section.child(key, ChainKeys.LIMITS).orElseThrow();
        Optional<Integer> pictures = own.settings().integer("pictures");
        return ChainSection.checked(
                own.path() + ".",
                () -> new BudgetLimits(
                        own.decimal("money"), pictures.map(OptionalInt::of).orElse(OptionalInt.empty())));
    }

    private Map<String, BigDecimal> prices(ChainSection section) {
        Map<String, Object> given = section.settings().map("prices");
        Map<String, BigDecimal> prices = new LinkedHashMap<>();
        ChainSection own = new ChainSection("budget.prices", GeneratorSettings.ofSection("budget.prices", given));
        for (String name : given.keySet()) {
            config.requireGenerator("budget.prices", name);
            own.decimal(name).ifPresent(price -> prices.put(name, price));
        }
        return prices;
    }

    private static ZoneId zone(ChainSection section) {
        String text = section.settings().string("zone").orElse("UTC");
        try {
            return ZoneId.of(text);
        } catch (DateTimeException e) {
            throw new ConfigException(
                    "budget.zone must be a time zone such as Europe/Berlin but was \"" + text + "\"", e);
        }
    }
}
