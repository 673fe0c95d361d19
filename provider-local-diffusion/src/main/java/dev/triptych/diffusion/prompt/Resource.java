package dev.triptych.diffusion.prompt;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** The tables of this package: text files beside the classes, where a line that begins with # is a comment. */
final class Resource {

    private Resource() {}

    static List<String> lines(String name) {
        try (InputStream resource = Objects.requireNonNull(Resource.class.getResourceAsStream(name), name)) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }
}
