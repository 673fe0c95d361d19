package dev.triptych.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.cache.CachePolicy;
import dev.triptych.cache.JCacheSettings;
import dev.triptych.ledger.BudgetLimits;
import dev.triptych.ledger.BudgetSettings;
import dev.triptych.resilience.BulkheadSettings;
import dev.triptych.resilience.CircuitBreakerSettings;
import dev.triptych.resilience.Failures;
import dev.triptych.resilience.FallbackReason;
import dev.triptych.resilience.GuardSettings;
import dev.triptych.resilience.GuardedGenerator;
import dev.triptych.resilience.RateLimitSettings;
import dev.triptych.resilience.RetrySettings;
import dev.triptych.resilience.UnknownOutcome;
import dev.triptych.testkit.FaultyGenerator;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ChainConfigTest {

    private static final String STUDIO = "generators: { studio: { type: faulty } }\n";

    private static StandardSettings read(String yaml) {
        return read(yaml, Map.of());
    }

    private static StandardSettings read(String yaml, Map<String, String> environment) {
        return ChainConfig.read(TriptychConfig.builder()
                .yaml(STUDIO + yaml)
                .environment(environment)
                .build());
    }

    @Test
    void hasDefaultsForEverything() {
        StandardSettings settings = read("");

        assertThat(settings).isEqualTo(StandardSettings.standard());
    }

    @Test
    void readsTheCache() {
        StandardSettings settings = read("""
                cache:
                  policy: reuse
                  memory: 1MiB
                  directory: ~/pictures
                  max-size: 5GiB
                  jcache: { name: shared, uri: "redis:config" }
                """);

        assertThat(settings.cache().policy()).isEqualTo(CachePolicy.REUSE);
        assertThat(settings.cache().memoryBytes()).isEqualTo(1 << 20);
        assertThat(settings.cache().directory()).contains(Path.of(System.getProperty("user.home"), "pictures"));
        assertThat(settings.cache().directoryBytes()).isEqualTo(5L << 30);
        assertThat(settings.cache().shared())
                .contains(new JCacheSettings(Optional.empty(), Optional.of(URI.create("redis:config")), "shared"));
    }

    @Test
    void readsTheBudgetAndTheJournal() {
        StandardSettings settings = read("""
                budget:
                  directory: spent
                  currency: EUR
                  per-call: { money: 0.5, pictures: 4 }
                  per-day: 5.00
                  prices: { studio: 0.04 }
                  zone: Europe/Berlin
                journal: { directory: calls }
                """);

        assertThat(settings.budget()).hasValueSatisfying(budget -> {
            assertThat(budget.currency()).isEqualTo("EUR");
            assertThat(budget.perCall())
                    .isEqualTo(new BudgetLimits(Optional.of(new BigDecimal("0.5")), OptionalInt.of(4)));
            assertThat(budget.perDay()).isEqualTo(BudgetLimits.money("5.00"));
            assertThat(budget.perMonth()).isEqualTo(BudgetLimits.none());
            assertThat(budget.prices()).isEqualTo(Map.of("studio", new BigDecimal("0.04")));
            assertThat(budget.zone()).isEqualTo(ZoneId.of("Europe/Berlin"));
        });
        assertThat(settings.journal())
                .hasValueSatisfying(journal -> assertThat(journal.directory()).isEqualTo(Path.of("calls")));
    }

    @Test
    void readsWhatStandsAroundEachGenerator() {
        GuardSettings settings = read("""
                        resilience:
                          timeout: 30s
                          retry: { max-attempts: 5, factor: 1.5, unknown: always }
                          rate-limit: { permits: 7 }
                          bulkhead: off
                          circuit-breaker: { window: 50, open-for: 1m }
                          parallel-calls: 2
                          fallback-on: [unavailable, refused]
                        """).guard();

        assertThat(settings.timeout()).contains(Duration.ofSeconds(30));
        assertThat(settings.retry())
                .isEqualTo(new RetrySettings(
                        5,
                        Duration.ofMillis(500),
                        1.5,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60),
                        UnknownOutcome.ALWAYS));
        assertThat(settings.rateLimit()).contains(RateLimitSettings.perMinute(7));
        assertThat(settings.bulkhead()).isEmpty();
        assertThat(settings.circuitBreaker()).contains(new CircuitBreakerSettings(50, 50, 5, Duration.ofMinutes(1), 2));
        assertThat(settings.parallelCalls()).isEqualTo(2);
        assertThat(read("resilience: { fallback-on: [unavailable, refused] }")
                        .fallback()
                        .reasons())
                .containsExactlyInAnyOrder(FallbackReason.UNAVAILABLE, FallbackReason.REFUSED);
    }

    @Test
    void letsAGeneratorsOwnSettingsComeFirst() {
        GuardSettings base = GuardSettings.standard().withBulkhead(new BulkheadSettings(3, 5, Duration.ZERO));
        ChainSection own = new ChainSection(
                "generators.studio",
                GeneratorSettings.of("studio", Map.of("retry", "off", "bulkhead", Map.of("max-concurrent", "1"))));

        GuardSettings settings = GuardConfig.read(own, base);

        assertThat(settings.retry()).isEqualTo(RetrySettings.off());
        assertThat(settings.bulkhead()).contains(new BulkheadSettings(1, 5, Duration.ZERO));
        assertThat(settings.timeout()).isEqualTo(base.timeout());
    }

    @Test
    void namesTheKeyThatIsWrong() {
        assertThatThrownBy(() -> read("cache: { memry: 1MiB }"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("cache.memry is not a known key, the nearest is \"memory\"");
        assertThatThrownBy(() -> read("resilience: { retry: { max-attempt: 1 } }"))
                .hasMessageStartingWith("resilience.retry.max-attempt is not a known key");
        assertThatThrownBy(() -> read("resilience: { retry: { max-attempts: 0 } }"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("resilience.retry.max-attempts must be between 1 and 100 but was \"0\"");
        assertThatThrownBy(() -> read("cache: { policy: sometimes }"))
                .hasMessage("cache.policy must be one of deterministic, reuse, off but was \"sometimes\"");
        assertThatThrownBy(() -> read("budget: { per-day: 5 }")).hasMessage("budget.directory must be set but was not");
        assertThatThrownBy(() -> read("budget: { directory: x, per-day: lots }"))
                .hasMessage("budget.per-day must be a number but was \"lots\"");
        assertThatThrownBy(() -> read("budget: { directory: x, currency: gold }"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("budget.currency must be an ISO 4217 code such as USD but was \"gold\"");
        assertThatThrownBy(() -> read("budget: { directory: x, prices: { studo: 1 } }"))
                .hasMessageContaining("the nearest is \"studio\"");
    }

    @Test
    void takesEveryWordForOff() {
        for (String word : List.of("off", "OFF", "false", "no")) {
            assertThat(read("cache: " + word).cache().policy()).isEqualTo(CachePolicy.OFF);
            assertThat(read("cache: { policy: " + word + " }").cache().policy()).isEqualTo(CachePolicy.OFF);
            GuardSettings guard = read("resilience: { retry: %s, bulkhead: %s, timeout: %s, circuit-breaker: %s }"
                            .replace("%s", word))
                    .guard();
            assertThat(guard.retry()).isEqualTo(RetrySettings.off());
            assertThat(guard.bulkhead()).isEmpty();
            assertThat(guard.timeout()).isEmpty();
            assertThat(guard.circuitBreaker()).isEmpty();
        }
        assertThatThrownBy(() -> read("resilience: { retry: true }"))
                .hasMessage("resilience.retry must be a map but was \"true\"");
    }

    @Test
    void findsAWrongKeyOfAGeneratorBeforeItIsUsed() {
        TriptychConfig config = TriptychConfig.builder()
                .yaml("generators: { a: { type: one, retry: { attempts: 2 } } }")
                .build();

        GeneratorRegistry.Builder builder =
                GeneratorRegistry.builder().config(config).factory(new Fixed("one", FaultyGenerator.named("one")));

        assertThatThrownBy(builder::build)
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(
                        "generators.a.retry.attempts is not a known key, the nearest is \"max-attempts\"");
    }

    @Test
    void standsAroundEveryGeneratorOfARegistry() {
        FaultyGenerator studio = FaultyGenerator.billed("studio").failAlways(Failures.wrongKey());
        FaultyGenerator offline = FaultyGenerator.named("offline");
        TriptychConfig config = TriptychConfig.builder().yaml("""
                        default: studio
                        resilience: { observe: false }
                        generators:
                          studio: { type: one, fallback: [offline], retry: off }
                          offline: { type: two }
                        """).build();

        try (GeneratorRegistry registry = GeneratorRegistry.builder()
                .factory(new Fixed("one", studio))
                .factory(new Fixed("two", offline))
                .config(config)
                .build()) {
            ImageResult result = registry.defaultGenerator().generate(ImageRequest.of("a fox"));

            assertThat(result.execution().servedBy()).isEqualTo(offline.info());
            assertThat(registry.generator("studio").unwrap(GuardedGenerator.class))
                    .hasToString("studio: retry → timeout → split → provider");
        }
        assertThat(studio.closeCount()).isEqualTo(1);
        assertThat(offline.closeCount()).isEqualTo(1);
    }

    @Test
    void sharesNoPictureBetweenGeneratorsThatDifferInTheirOwnSettings() {
        ImageRequest fox = ImageRequest.builder().prompt("a fox").seed(7).build();
        FaultyGenerator behind = FaultyGenerator.named("behind");
        TriptychConfig config = TriptychConfig.builder().yaml("""
                        default: a
                        resilience: { observe: false }
                        generators:
                          a: { type: one, steps: 4 }
                          b: { type: one, steps: 9 }
                          c: { type: one, steps: 4, retry: off }
                        """).build();

        try (GeneratorRegistry registry = GeneratorRegistry.builder()
                .factory(new Fixed("one", behind))
                .config(config)
                .build()) {
            registry.names().forEach(name -> registry.generator(name).generate(fox));
        }

        assertThat(behind.calls()).as("a and c are alike, b is not").isEqualTo(2);
    }

    @Test
    void leavesSecretsOutOfWhatNamesAPicture() {
        GeneratorSettings settings = GeneratorSettings.of(
                        "studio", Map.of("type", "one", "key", "s3cret", "model", "m", "timeout", "1s"))
                .withSecrets(List.of("key"));

        assertThat(settings.ofPictures()).isEqualTo("{model=m}");
    }

    private record Fixed(String type, ImageGenerator generator) implements GeneratorFactory {
        @Override
        public List<SettingKey> keys() {
            return List.of(SettingKey.of("steps", "", "Denoising steps."));
        }

        @Override
        public ImageGenerator create(GeneratorSettings settings) {
            return generator;
        }
    }

    @Test
    void readsWhatMachinesShare() {
        StandardSettings settings = read("""
                shared:
                  redis: rediss://cache.example.org:6380
                  redis-user: painter
                  redis-password: "${env:REDIS_PASSWORD}"
                  jdbc: jdbc:postgresql://db.example.org/triptych?ssl=true
                  user: painter
                  password: "${env:DB_PASSWORD}"
                  name: studio
                  workers: 5
                  timeout: 100ms
                budget: { store: jdbc, per-day: 5, prices: { studio: 0.04 }, lease: 5m }
                resilience: { rate-limit: { permits: 10, store: redis } }
                """, Map.of("REDIS_PASSWORD", "secret1", "DB_PASSWORD", "secret2"));

        assertThat(settings.shared())
                .contains(new SharedSettings(
                        Optional.of("rediss://cache.example.org:6380"),
                        Optional.of("painter"),
                        Optional.of("secret1"),
                        Optional.of("jdbc:postgresql://db.example.org/triptych?ssl=true"),
                        Optional.of("painter"),
                        Optional.of("secret2"),
                        "studio",
                        5,
                        Duration.ofMillis(100)));
        assertThat(settings.shared().orElseThrow().toString())
                .isEqualTo("SharedSettings[redis=rediss://cache.example.org:6380,"
                        + " jdbc=jdbc:postgresql://db.example.org/triptych?ssl=true, name=studio]");
        assertThat(settings.budget())
                .contains(BudgetSettings.on(BudgetSettings.Store.JDBC, "USD")
                        .withPerDay(BudgetLimits.money("5"))
                        .withPrices(Map.of("studio", new BigDecimal("0.04")))
                        .withZone(ZoneId.of("UTC"))
                        .withLease(Duration.ofMinutes(5)));
        assertThat(settings.guard().rateLimit())
                .contains(RateLimitSettings.perMinute(10).withStore(RateLimitSettings.Store.REDIS));
    }

    private static void assertRefused(String yaml, String message) {
        assertThatThrownBy(() -> read(yaml)).isInstanceOf(ConfigException.class).hasMessage(message);
    }

    @Test
    void saysWhatIsWrongWithWhatMachinesShare() {
        assertRefused("budget: { store: redis }", "budget.store is redis, so shared.redis must be set but was not");
        assertRefused("budget: { store: jdbc }", "budget.store is jdbc, so shared.jdbc must be set but was not");
        assertRefused(
                "budget: { store: jdbc, directory: x }",
                "budget.directory must not be set beside budget.store but was");
        assertRefused("budget: { per-day: 1 }", "budget.directory must be set but was not");
        assertRefused(
                "resilience: { rate-limit: { permits: 1, store: redis } }",
                "resilience.rate-limit.store is redis, so shared.redis must be set but was not");
        assertRefused(
                "shared: { redis: \"redis://:pw@localhost\" }",
                "shared.redis must hold no user and no password but does; they have keys of their own");
        assertRefused(
                "shared: { jdbc: \"jdbc:postgresql://localhost/t?password=pw\" }",
                "shared.jdbc must hold no user and no password but does; they have keys of their own");
        assertRefused(
                "shared: { jdbc: \"jdbc:mysql://localhost/t\" }",
                "shared.jdbc must be an address such as jdbc:postgresql://localhost/triptych but was another");
        assertRefused(
                "shared: { redis: \"redis://localhost\", name: \"a b\" }",
                "shared.name must be 1 to 64 letters, digits, '.', '_' and '-' but was \"a b\"");
    }

    @Test
    void wantsPasswordsOfServersByReference() {
        assertThatThrownBy(() -> read("shared: { redis: \"redis://localhost\", password: pw }"))
                .hasMessage("shared.password must be a reference such as ${env:NAME} or ${file:PATH} but was written"
                        + " out; it is a secret, so it is not shown here");
    }

    @Test
    void namesTheGeneratorWhoseLimitNobodyKeeps() throws Exception {
        TriptychConfig config = TriptychConfig.builder()
                .yaml("generators: { studio: { type: faulty, rate-limit: { permits: 1, store: redis } } }")
                .build();
        try (GeneratorRegistry registry = GeneratorRegistry.builder()
                .config(config)
                .factory(new Fixed("faulty", FaultyGenerator.named("studio")))
                .build()) {
            assertThatThrownBy(() -> registry.generator("studio").generate("a fox"))
                    .hasMessage("generators.studio.rate-limit.store is redis, so shared.redis must be set but was not");
        }
    }

    @Test
    void saysWhichDependencyKeepsWhatMachinesShare() {
        StandardSettings settings = read("""
                shared: { redis: "redis://localhost" }
                budget: { store: redis }
                """);

        assertThatThrownBy(() -> settings.openBudget(Clock.systemUTC()))
                .hasMessage("shared needs dev.triptych:triptych-shared-limits on the class path but found none; add"
                        + " <dependency><groupId>dev.triptych</groupId>"
                        + "<artifactId>triptych-shared-limits</artifactId></dependency>");
    }
}
