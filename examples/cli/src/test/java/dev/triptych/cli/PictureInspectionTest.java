package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Provenance;
import dev.triptych.cli.OutputFiles.Written;
import dev.triptych.testkit.SignedPictures;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureInspectionTest {

    private static final byte[] PNG = TestPictures.png(8, 8, Color.RED);
    private static final GeneratorInfo STUDIO = new GeneratorInfo("studio", "openai", "m", "", false);
    private static final ImageRequest FOX = ImageRequest.of("a fox");

    @TempDir
    private Path folder;

    @Test
    void tellsWhatWeWroteIntoIt() {
        byte[] stamped = Provenance.stamp(PNG, FOX, STUDIO, OptionalLong.of(7));

        List<String> lines =
                PictureInspection.of(folder.resolve("fox.png"), stamped).lines();

        assertThat(lines.subList(1, 4))
                .containsExactly(
                        "no content credentials",
                        "marked as trainedAlgorithmicMedia",
                        "made by studio  openai  m  seed 7");
        assertThat(lines.get(4)).startsWith("request {").contains("a fox");
        assertThat(lines.get(5)).startsWith("parameters a fox");
    }

    @Test
    void aSignedPictureHasItsRecordBesideIt() throws Exception {
        GeneratedImage signed = GeneratedImage.of(SignedPictures.png(PNG)).withSeed(7);
        Path file = folder.resolve("fox.png");
        Files.write(file, signed.bytes());
        ImageResult result = ImageResult.of(
                List.of(signed), List.of(), ExecutionRecord.of(STUDIO, GenerationContext.create(), FOX, Duration.ZERO));

        PictureRecord.writeBeside(result, List.of(new Written(Optional.of(file), Optional.empty())));

        assertThat(folder.resolve("fox.png.json")).exists();
        PictureInspection found = PictureInspection.of(file, Files.readAllBytes(file));
        assertThat(found.lines().subList(1, 4))
                .containsExactly(
                        "content credentials claim: made by Easel 2.1, trainedAlgorithmicMedia (signature not checked)",
                        "no digital source type",
                        "made by studio  openai  m  seed 7");
        assertThat(found.json()
                        .path("contentCredentials")
                        .path("claimGenerator")
                        .asText())
                .isEqualTo("Easel 2.1");
        assertThat(found.json()
                        .path("contentCredentials")
                        .path("signatureChecked")
                        .asBoolean(true))
                .isFalse();
    }

    @Test
    void otherPicturesHaveNoRecord() throws Exception {
        Path file = folder.resolve("fox.png");
        Files.write(file, PNG);
        ImageResult result = ImageResult.of(
                List.of(GeneratedImage.of(PNG)),
                List.of(),
                ExecutionRecord.of(STUDIO, GenerationContext.create(), FOX, Duration.ZERO));

        PictureRecord.writeBeside(result, List.of(new Written(Optional.of(file), Optional.empty())));

        assertThat(folder.resolve("fox.png.json")).doesNotExist();
        assertThat(PictureRecord.read(file)).isEmpty();
    }

    @Test
    void knowsAPictureByItsFirstBytes() {
        assertThat(PictureInspection.isPicture(PNG)).isTrue();
        assertThat(PictureInspection.isPicture("{\"a\": 1}".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .isFalse();
    }
}
