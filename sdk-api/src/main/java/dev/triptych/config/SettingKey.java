package dev.triptych.config;

/**
 * One key that {@code triptych.yaml} may hold below a generator of some type.
 *
 * @param name the key, such as {@code "base-url"}
 * @param standard its default as a person would write it; {@code ""} = none
 * @param description one sentence for a person
 * @param secret whether the value must be a reference, such as {@code ${env:OPENAI_API_KEY}}, and is never shown
 * @param value what the value may be
 */
public record SettingKey(String name, String standard, String description, boolean secret, SettingValue value) {

    /** A key with a default, for any text. */
    public static SettingKey of(String name, String standard, String description) {
        return new SettingKey(name, standard, description, false, SettingValue.of(SettingValue.Kind.TEXT));
    }

    /** A key whose value is only ever given by reference. */
    public static SettingKey secret(String name, String description) {
        return new SettingKey(name, "", description, true, SettingValue.of(SettingValue.Kind.TEXT));
    }

    /** This key for a value that {@code wanted} describes. */
    public SettingKey holding(SettingValue wanted) {
        return new SettingKey(name, standard, description, secret, wanted);
    }

    /** This key for a value of {@code kind}. */
    public SettingKey holding(SettingValue.Kind kind) {
        return holding(SettingValue.of(kind));
    }
}
