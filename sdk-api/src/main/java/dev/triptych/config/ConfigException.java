package dev.triptych.config;

/**
 * Something in the configuration cannot be used. The message names the key, what was expected and what was found; it
 * never shows a secret.
 */
public final class ConfigException extends IllegalArgumentException {

    /** An error of the configuration. */
    public ConfigException(String message) {
        super(message);
    }

    /** An error of the configuration. */
    public ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
