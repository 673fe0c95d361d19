package dev.triptych.config;

import dev.triptych.ImageGenerator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A type of ours whose provider is not on the class path: its generators say so when they are used, and the others of
 * the configuration serve.
 *
 * @param type the word after {@code type:}
 * @param artifact what to add
 * @param keys the keys that its generator has, any of which may be a secret
 */
record MissingProvider(String type, String artifact, List<SettingKey> keys) implements GeneratorFactory {

    private static final Map<String, String> ARTIFACTS = Map.of(
            "local", "triptych-provider-local-diffusion-cpu",
            "openai", "triptych-provider-openai",
            "discord", "triptych-provider-discord-bridge");

    /** What stands for {@code type}, whose generator has {@code settings}; empty where {@code type} is none of ours. */
    static Optional<GeneratorFactory> of(String type, GeneratorSettings settings) {
        List<SettingKey> keys =
                settings.keys().stream().map(key -> SettingKey.secret(key, "")).toList();
        return Optional.ofNullable(ARTIFACTS.get(type)).map(artifact -> new MissingProvider(type, artifact, keys));
    }

    @Override
    public ImageGenerator create(GeneratorSettings settings) {
        throw new ConfigException(settings.path("type") + " is " + type + ", which needs dev.triptych:" + artifact
                + " on the class path but that is not there; add <dependency><groupId>dev.triptych</groupId><artifactId>"
                + artifact + "</artifactId>" + (type.equals("local") ? "<type>pom</type>" : "") + "</dependency>");
    }
}
