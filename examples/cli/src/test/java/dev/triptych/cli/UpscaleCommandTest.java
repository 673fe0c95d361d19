package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.media.ImageDecoder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpscaleCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    private Path picture() {
        return folder.resolve("fox.png");
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    @BeforeEach
    void paint() throws IOException {
        BufferedImage image = new BufferedImage(6, 4, BufferedImage.TYPE_INT_RGB);
        image.setRGB(2, 1, 0xFF8000);
        Files.write(picture(), ImageDecoder.encodePng(image));
    }

    @Test
    void aPictureBecomesTwiceAsLargeUnderANameOfItsOwn() throws IOException {
        String to = folder.toString();

        assertThat(run("upscale", picture().toString(), "-o", to))
                .as(err.toString())
                .isZero();
        assertThat(run("upscale", picture().toString(), "-o", to, "--factor", "2"))
                .isZero();

        assertThat(out.toString().lines()).containsExactly(to + "/fox-12x8.png", to + "/fox-12x8-2.png");
        assertThat(folder.resolve("fox-12x8.png")).hasSameBinaryContentAs(folder.resolve("fox-12x8-2.png"));
        BufferedImage large = ImageDecoder.decode(Files.readAllBytes(folder.resolve("fox-12x8.png")));
        assertThat(List.of(large.getWidth(), large.getHeight())).containsExactly(12, 8);
    }

    @Test
    void programsReadWhatCameOut() throws IOException {
        Path file = folder.resolve("small.png");

        assertThat(run("upscale", picture().toString(), "--size", "3x2", "-o", file.toString(), "--json"))
                .as(err.toString())
                .isZero();

        JsonNode told = new ObjectMapper().readTree(out.toString());
        assertThat(told.path("file").asText()).isEqualTo(file.toString());
        assertThat(told.path("width").asInt()).isEqualTo(3);
        assertThat(told.path("height").asInt()).isEqualTo(2);
        assertThat(told.path("upscaler").asText()).isEqualTo("lanczos");
        assertThat(told.path("sha256").asText()).hasSize(64);
    }

    @Test
    void aFileOfTheCommandLineIsAnUpscaler() throws IOException {
        Path damaged = Files.writeString(folder.resolve("esrgan.pth"), "no network");

        assertThat(run("upscale", picture().toString(), "--upscaler", damaged.toString()))
                .isEqualTo(Main.FAILED);
        assertThat(err.toString()).contains("triptych: " + damaged + " must be");
    }

    @Test
    void whatCannotBeIsSaid() {
        assertThat(run("upscale", picture().toString(), "--upscaler", "magic")).isEqualTo(Main.FAILED);
        assertThat(run("upscale", picture().toString(), "--upscaler", "gone.pth"))
                .isEqualTo(Main.FAILED);
        assertThat(run("upscale", picture().toString(), "--factor", "0")).isEqualTo(Main.WRONG_USAGE);
        assertThat(run("upscale", picture().toString(), "--factor", "2", "--size", "3x2"))
                .isEqualTo(Main.WRONG_USAGE);

        assertThat(err.toString())
                .contains("upscaler must be one of lanczos but was \"magic\"")
                .contains("gone.pth must be a file or folder that exists")
                .contains("--factor must leave a picture, so be a number above 0, but was 0.0 for 6x4")
                .contains("--factor and --size must not be given both");
    }
}
