package dev.triptych.shared;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What stands beside the classes. */
final class Resources {

    private Resources() {}

    /** The text of the resource {@code name}. */
    static String text(String name) {
        try (InputStream in = Resources.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
