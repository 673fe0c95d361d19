package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratedImageTest {

    private static final byte[] PNG = TestPictures.png(5, 3, Color.RED);

    @Test
    void readsTypeAndSizeFromTheBytesAndKeepsACopy() {
        byte[] bytes = PNG.clone();
        GeneratedImage image = GeneratedImage.of(bytes)
                .withSeed(42)
                .withRevisedPrompt("secret")
                .withImageId("17");

        bytes[0] = 0;
        image.bytes()[0] = 0;

        assertThat(image.bytes()).isEqualTo(PNG);
        assertThat(image.mediaType()).isEqualTo("image/png");
        assertThat(image.width()).isEqualTo(5);
        assertThat(image.height()).isEqualTo(3);
        assertThat(image.seed()).hasValue(42);
        assertThat(image.fileExtension()).isEqualTo("png");
        assertThat(image.toString())
                .isEqualTo("GeneratedImage[image/png 5x3, " + PNG.length + " bytes, sha256="
                        + image.sha256().substring(0, 12) + ", seed=42]");
    }

    @Test
    void writesTheWholeFileAndLeavesNothingBeside(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("fox.png");
        Files.writeString(file, "old");

        GeneratedImage.of(PNG).writeTo(file);

        assertThat(file).hasBinaryContent(PNG);
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
        assertThatThrownBy(() -> GeneratedImage.of(PNG).writeTo(directory.resolve("no/fox.png")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aResultHoldsAtLeastOnePicture() {
        ExecutionRecord record = ExecutionRecord.of(
                new GeneratorInfo("n", "p", "m", "", true),
                GenerationContext.create(),
                ImageRequest.of("x"),
                Duration.ZERO);

        assertThatThrownBy(() -> ImageResult.of(List.of(), List.of(), record))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a result must hold at least one picture but had none");
        assertThat(record.attempts()).isEqualTo(1);
        assertThat(record.withDurations(Map.of("load", Duration.ofMillis(3))).durations())
                .containsOnlyKeys("load");
    }
}
