package dev.triptych.config;

/**
 * One key that {@code triptych.yaml} may hold below a generator of some type.
 *
 * @param name the key, such as {@code "base-url"}
 * @param standard its default as a person would write it; {@code ""} = none
 * @param description one sentence for a person
 * @param secret whether the value must be a reference, such as {@code ${env:OPENAI_API_KEY}}, and is never shown
 */
public record SettingKey(String name, String standard, String description, boolean secret) {

    /** A key with a default. */
    public static SettingKey of(String name, String standard, String description) {
        return new SettingKey(name, standard, description, false);
    }

    /** A key whose value is only ever given by reference. */
    public static SettingKey secret(String name, String description) {
        return new SettingKey(name, "", description, true);
    }
}
