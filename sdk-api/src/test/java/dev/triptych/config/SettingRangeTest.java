package dev.triptych.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.config.SettingValue.Kind;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every number of the configuration has both ends, and the reader holds it to them. Taken from the schema itself. */
class SettingRangeTest {

    /** A key somewhere in the configuration: where it stands, and what it may hold. */
    record Place(List<String> path, SettingKey key) {
        /** YAML that sets the key, in flow style; a generator of our own stands before it. */
        String yaml(String value) {
            StringBuilder text = new StringBuilder("\"" + value + "\"");
            List<String> reversed = new ArrayList<>(path);
            Collections.reverse(reversed);
            reversed.forEach(step -> text.insert(0, "{ " + step + ": ").append(" }"));
            return text.substring(2, text.length() - 2);
        }

        @Override
        public String toString() {
            return String.join(".", path);
        }
    }

    static Stream<Place> numbers() {
        List<Place> places = new ArrayList<>();
        ConfigSchema.sections().forEach(section -> add(places, List.of(section.name()), section.keys()));
        return places.stream();
    }

    private static void add(List<Place> places, List<String> above, List<SettingKey> keys) {
        for (SettingKey key : keys) {
            List<String> path = new ArrayList<>(above);
            path.add(key.name());
            if (key.value().range().isPresent()) {
                if (key.value().kind() == Kind.NUMBERS) {
                    path.add("studio");
                }
                places.add(new Place(path, key));
            }
            add(places, path, key.value().keys());
        }
    }

    private static StandardSettings read(String yaml) {
        String whole = "generators: { studio: { type: faulty } }\n"
                + (yaml.startsWith("budget") ? yaml.replace("budget: {", "budget: { directory: b,") : yaml);
        return ChainConfig.read(TriptychConfig.builder().yaml(whole).build());
    }

    @Test
    void findsTheNumbersOfTheSchema() {
        assertThat(numbers().map(Place::toString))
                .hasSizeGreaterThan(25)
                .contains(
                        "resilience.circuit-breaker.window",
                        "cache.memory",
                        "budget.per-day",
                        "budget.per-day.pictures",
                        "budget.prices.studio");
    }

    @Test
    void knowsNoNumberWithoutARange() {
        for (Kind kind : Kind.values()) {
            boolean number = !Set.of(Kind.TEXT, Kind.PATH, Kind.LIST, Kind.BOOLEAN, Kind.MAP, Kind.FILES)
                    .contains(kind);

            assertThat(SettingValue.of(kind).range().isPresent())
                    .as(kind.name())
                    .isEqualTo(number);
        }
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void refusesWhatIsBeyondEitherEnd(Place place) {
        Kind kind = place.key().value().kind();
        SettingRange range = place.key().value().range().orElseThrow();
        for (String beyond : beyond(kind, range)) {
            assertThatThrownBy(() -> read(place.yaml(beyond)))
                    .as(place.yaml(beyond))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith(place + " must be ")
                    .hasMessageEndingWith(" but was \"" + beyond + "\"");
        }
    }

    private static List<String> beyond(Kind kind, SettingRange range) {
        BigDecimal most = SettingUnits.amount(kind, range.most());
        List<String> beyond = new ArrayList<>(List.of("99999999999999999999", "9".repeat(400), "-1", "1e400", "NaN"));
        switch (kind) {
            case DURATION -> {
                beyond.addAll(List.of("99999999999h", "9999999999999999999999d", "PT-1S", "P99999999999D"));
                beyond.add("PT" + (most.longValueExact() / 1_000_000_000 + 1) + "S");
            }
            case BYTES ->
                beyond.addAll(List.of("99999999999GiB", most.add(BigDecimal.ONE).toPlainString()));
            default -> beyond.add(most.add(BigDecimal.ONE).toPlainString());
        }
        return beyond;
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void takesBothEnds(Place place) {
        SettingRange range = place.key().value().range().orElseThrow();
        String more =
                place.toString().contains("rate-limit") && !place.toString().endsWith("permits") ? "permits: 1, " : "";
        for (String end : List.of(range.least(), range.most())) {
            String yaml = place.yaml(end).replace("rate-limit: {", "rate-limit: { " + more);
            assertThatCode(() -> read(yaml)).as(yaml).doesNotThrowAnyException();
        }
    }

    @Test
    void saysBothEnds() {
        assertThatThrownBy(() -> read("resilience: { circuit-breaker: { window: 2147483647 } }"))
                .hasMessage("resilience.circuit-breaker.window must be between 1 and 100000 but was \"2147483647\"");
        assertThatThrownBy(() -> read("resilience: { timeout: 99999999999h }"))
                .hasMessage("resilience.timeout must be between 1ms and 31d but was \"99999999999h\"");
        assertThatThrownBy(() -> read("cache: { memory: 99999999999GiB }"))
                .hasMessage("cache.memory must be between 0 and 1024GiB but was \"99999999999GiB\"");
    }

    @ParameterizedTest
    @CsvSource({"30s,PT30S", "250 ms,PT0.25S", "PT1M30S,PT1M30S", "31d,PT744H"})
    void readsTimes(String text, Duration expected) {
        assertThat(SettingUnits.duration(text)).isEqualTo(expected);
    }

    @Test
    void readsNoNumberThatWrapsAround() {
        GeneratorSettings settings =
                GeneratorSettings.of("a", Map.of("time", "99999999999999h", "size", "99999999999GiB"));

        assertThatThrownBy(() -> settings.duration("time"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("generators.a.time must be a time such as 30s or 5m but was \"99999999999999h\"");
        assertThatThrownBy(() -> settings.bytes("size"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("generators.a.size must be a size such as 256MiB but was \"99999999999GiB\"");
    }
}
