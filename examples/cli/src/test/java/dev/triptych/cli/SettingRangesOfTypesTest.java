package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.config.ConfigException;
import dev.triptych.config.ConfigSchema;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.SettingKey;
import dev.triptych.config.TriptychConfig;
import dev.triptych.diffusion.LocalDiffusionFactory;
import dev.triptych.discord.DiscordGeneratorFactory;
import dev.triptych.openai.OpenAiGeneratorFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every number that a generator of any type may have is held to both its ends. Taken from the schema itself. */
class SettingRangesOfTypesTest {

    /** A number of a type of generators. */
    record NumberOfType(String type, SettingKey key) {
        TriptychConfig config(String value) {
            return TriptychConfig.builder()
                    .yaml("generators: { a: { type: " + type + ", " + key.name() + ": \"" + value + "\" } }")
                    .build();
        }

        @Override
        public String toString() {
            return type + " " + key.name();
        }
    }

    static Stream<NumberOfType> numbers() {
        List<NumberOfType> numbers = new ArrayList<>();
        for (GeneratorFactory factory :
                List.of(new OpenAiGeneratorFactory(), new DiscordGeneratorFactory(), new LocalDiffusionFactory())) {
            Stream.concat(ConfigSchema.generatorKeys().stream(), factory.keys().stream())
                    .filter(key -> key.value().range().isPresent())
                    .forEach(key -> numbers.add(new NumberOfType(factory.type(), key)));
        }
        return numbers.stream();
    }

    @Test
    void findsThem() {
        assertThat(numbers().map(NumberOfType::toString))
                .contains("local threads", "openai max-image-bytes", "discord upload-limit", "discord timeout");
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void refusesWhatIsBeyondEitherEnd(NumberOfType number) {
        for (String beyond : List.of("100000000000", "99999999999h", "99999999999GiB", "-1", "PT-1S", "9".repeat(50))) {
            assertThatThrownBy(() -> GeneratorRegistry.load(number.config(beyond)))
                    .as(beyond)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith("generators.a." + number.key().name() + " must be ")
                    .hasMessageEndingWith(" but was \"" + beyond + "\"");
        }
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void takesItsDefaultAndTheMost(NumberOfType number) {
        List<String> values = new ArrayList<>(
                List.of(number.key().value().range().orElseThrow().most()));
        if (!number.key().standard().isEmpty()) {
            values.add(number.key().standard());
        }
        for (String value : values) {
            assertThatCode(() -> GeneratorRegistry.load(number.config(value)).close())
                    .as(value)
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void saysHowManyThreadsAreTooMany() {
        TriptychConfig config = TriptychConfig.builder()
                .yaml("generators: { a: { type: local, threads: 100000 } }")
                .build();

        assertThatThrownBy(() -> GeneratorRegistry.load(config))
                .hasMessageStartingWith("generators.a.threads must be between ")
                .hasMessageEndingWith(" but was \"100000\"");
    }
}
