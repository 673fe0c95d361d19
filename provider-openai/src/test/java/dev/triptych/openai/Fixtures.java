package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.media.DigitalSourceType;
import dev.triptych.media.XmpPacket;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** Answers in the shape that servers were seen to give, with pictures of four by four pixels in place of real ones. */
final class Fixtures {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Fixtures() {}

    /** The text of a fixture, such as {@code "openai/generation.json"}. */
    static String text(String name) {
        try (InputStream in = Fixtures.class.getResourceAsStream("/fixtures/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("no fixture " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text of a fixture whose links lead to {@code base}. */
    static String text(String name, String base) {
        return text(name).replace("@BASE@", base);
    }

    /** The names of the fixtures in {@code folder} that end in {@code ending}. */
    static List<String> names(String folder, String ending) {
        URL url = Fixtures.class.getResource("/fixtures/" + folder);
        if (url == null) {
            throw new IllegalArgumentException("no fixtures in " + folder);
        }
        try (Stream<Path> files = Files.list(Path.of(url.toURI()))) {
            return files.map(file -> folder + "/" + file.getFileName())
                    .filter(name -> name.endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The picture of {@code data[index]} in a fixture. */
    static byte[] picture(String name, int index) {
        return Base64.getDecoder()
                .decode(json(text(name))
                        .path("data")
                        .path(index)
                        .path("b64_json")
                        .asText());
    }

    /** {@code picture} as a generator gives it. */
    static byte[] marked(byte[] picture) {
        return XmpPacket.mark(picture, DigitalSourceType.TRAINED_ALGORITHMIC_MEDIA);
    }

    /** A picture that has nothing to do with any fixture. */
    static byte[] greenPng() {
        return TestPictures.png(6, 5, Color.GREEN);
    }
}
