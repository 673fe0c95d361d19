package dev.triptych.spring.boot;

import dev.triptych.ImageGenerator;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.config.SettingValue.Kind;
import dev.triptych.testkit.FaultyGenerator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Generators of type {@code fake} and, as a hosted one, {@code remote}, which needs a key; it keeps what it made. */
final class FakeFactory implements GeneratorFactory {

    private final String type;
    private final Map<String, FaultyGenerator> made = new ConcurrentHashMap<>();
    private final Map<String, GeneratorSettings> settings = new ConcurrentHashMap<>();

    FakeFactory(String type) {
        this.type = type;
    }

    @Override
    public String type() {
        return type;
    }

    @Override
    public List<SettingKey> keys() {
        return List.of(
                SettingKey.of("base-url", "", "Where it is."),
                SettingKey.secret("api-key", "The key."),
                SettingKey.of("options", "", "Anything.").holding(Kind.MAP));
    }

    @Override
    public ImageGenerator create(GeneratorSettings given) {
        if (type.equals("remote")) {
            String unused = given.required("api-key");
        }
        settings.put(given.name(), given);
        return made.computeIfAbsent(given.name(), FaultyGenerator::billed);
    }

    FaultyGenerator made(String name) {
        return made.getOrDefault(name, FaultyGenerator.named("was not made"));
    }

    GeneratorSettings settings(String name) {
        return settings.getOrDefault(name, GeneratorSettings.of("was not made", Map.of()));
    }
}
