package dev.triptych.easel;

import dev.triptych.ImageGenerator;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import java.net.URI;
import java.util.List;

/** Makes {@code type: easel} of a configuration. */
public final class EaselFactory implements GeneratorFactory {

    /** For the service loader. */
    public EaselFactory() {}

    @Override
    public String type() {
        return EaselGenerator.PROVIDER;
    }

    @Override
    public List<SettingKey> keys() {
        return List.of(
                SettingKey.of("base-url", "https://easel.example", "The API's address."),
                SettingKey.secret("api-key", "The key, such as ${env:EASEL_KEY}."));
    }

    @Override
    public ImageGenerator create(GeneratorSettings settings) {
        String address = settings.string("base-url").orElse("https://easel.example");
        return new EaselGenerator(settings.name(), URI.create(address), settings.required("api-key"));
    }
}
