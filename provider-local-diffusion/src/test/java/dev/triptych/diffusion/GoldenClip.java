package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What transformers' CLIPModel made of some texts and pictures. */
record GoldenClip(Path checkpoint, SafetensorsFile values, List<String> prompts) {

    static final double TOLERANCE = 1e-4;

    /** The checked-in subset. */
    static GoldenClip compact() {
        SafetensorsFile values = GoldenCheckpoints.expected("clip-compact");
        return open(
                GoldenCheckpoints.directory("tiny-clip"), values, values.file().resolveSibling("clip-compact.json"));
    }

    /** The full set, where this machine has it. */
    static Optional<GoldenClip> full() {
        return GoldenCheckpoints.fullSet()
                .map(folder -> open(
                        folder.resolve("checkpoints/tiny-clip"),
                        SafetensorsFile.open(folder.resolve("expected/clip.safetensors")),
                        folder.resolve("expected/clip.json")));
    }

    private static GoldenClip open(Path checkpoint, SafetensorsFile values, Path description) {
        List<String> prompts = new ArrayList<>();
        try {
            for (JsonNode prompt :
                    new ObjectMapper().readTree(description.toFile()).path("prompts")) {
                prompts.add(prompt.asText());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new GoldenClip(checkpoint, values, prompts);
    }

    int pictures() {
        int count = 0;
        while (values.tensor("picture" + count).isPresent()) {
            count++;
        }
        return count;
    }

    Pixels picture(int index) {
        String name = "picture" + index;
        List<Long> shape = values.tensor(name).orElseThrow().dims();
        ByteBuffer bytes = values.bytes(name);
        byte[] rgb = new byte[bytes.remaining()];
        bytes.get(rgb);
        return Pixels.of(shape.get(1).intValue(), shape.get(0).intValue(), rgb);
    }

    /** Equal up to the tolerance, relative to the largest expected value. */
    static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
        }
        assertThat(difference / largest).isLessThanOrEqualTo(TOLERANCE);
    }
}
