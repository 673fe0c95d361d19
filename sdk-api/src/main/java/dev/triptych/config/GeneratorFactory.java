package dev.triptych.config;

import dev.triptych.ImageGenerator;
import java.util.List;

/**
 * Makes generators of one type from their settings. A provider registers its factory as a
 * {@link java.util.ServiceLoader} service; that is all it takes for {@code type: …} in {@code triptych.yaml} to find
 * it.
 */
public interface GeneratorFactory {

    /** The word after {@code type:}, such as {@code "openai"}. */
    String type();

    /** Every key a generator of this type may have. Any other key is an error. */
    List<SettingKey> keys();

    /**
     * The hosted models that this type knows without asking anybody, a line each for a person: whose they are, what
     * they honour, what they cost and when they end. Empty for a type that has no such table.
     */
    default List<String> hostedModels() {
        return List.of();
    }

    /**
     * A generator with {@code settings}. Cheap: models are loaded and connections opened on first use.
     *
     * @throws ConfigException if a setting is missing or has a value that cannot be used
     */
    ImageGenerator create(GeneratorSettings settings);
}
