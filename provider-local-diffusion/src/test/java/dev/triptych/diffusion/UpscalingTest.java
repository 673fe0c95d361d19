package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageInput;
import dev.triptych.ImageSize;
import dev.triptych.ModelLoadException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.ImageDecoder;
import dev.triptych.media.PngText;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpscalingTest {

    @TempDir
    Path temp;

    private LocalDiffusionGenerator generator;

    @BeforeEach
    void open() {
        generator = LocalDiffusionGenerator.builder()
                .settings(LocalSettings.bundled()
                        .withUpscaler("four", UpscalerFile.write(temp.resolve("four.safetensors")))
                        .withUpscaler("none", temp.resolve("missing.safetensors")))
                .build();
    }

    @AfterEach
    void close() {
        generator.close();
    }

    @Test
    void aNetworkEnlargesTileByTileAndLanczosMakesTheSizeExact() {
        Pixels picture = random(200, 3);
        List<GenerationEvent> events = new ArrayList<>();

        Pixels four = decoded(upscale(picture.toPng(), 800, 12, "four", events));
        Pixels two = decoded(upscale(picture.toPng(), 400, 6, "four", new ArrayList<>()));

        assertThat(four).isEqualTo(picture.resizeNearest(800, 12));
        assertThat(two).isEqualTo(picture.resizeNearest(800, 12).resizeLanczos(400, 6));
        assertThat(events.stream().filter(GenerationEvent.Progress.class::isInstance))
                .containsExactly(new GenerationEvent.Progress(1, 2), new GenerationEvent.Progress(2, 2));
    }

    @Test
    void aNetworkIsAskedAgainUntilThePictureIsLargeEnough() {
        Pixels picture = random(5, 4);

        Pixels sixteen = decoded(upscale(picture.toPng(), 80, 64, "four", new ArrayList<>()));

        assertThat(sixteen).isEqualTo(picture.resizeNearest(80, 64));
    }

    @Test
    void lanczosNeedsNoFileAndMakesPicturesSmallerToo() {
        Pixels picture = random(20, 10);

        assertThat(decoded(upscale(picture.toPng(), 40, 20, "lanczos", new ArrayList<>())))
                .isEqualTo(picture.resizeLanczos(40, 20));
        assertThat(decoded(upscale(picture.toPng(), 10, 5, "lanczos", new ArrayList<>())))
                .isEqualTo(picture.resizeLanczos(10, 5));
        assertThat(generator.upscalers()).containsExactly("four", "lanczos", "none");
    }

    @Test
    void transparencyStays() {
        BufferedImage half = new BufferedImage(8, 4, BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 8; x++) {
                half.setRGB(x, y, x < 4 ? 0x00FF0000 : 0xFF00FF00);
            }
        }

        BufferedImage large =
                ImageDecoder.decode(upscale(ImageDecoder.encodePng(half), 16, 8, "lanczos", new ArrayList<>())
                        .bytes());

        assertThat(large.getRGB(0, 0)).isEqualTo(0x00FF0000);
        assertThat(large.getRGB(15, 7)).isEqualTo(0xFF00FF00);
    }

    @Test
    void whatAPictureSaysOfItselfStaysWithWhatWasDoneBehind() {
        byte[] told = PngText.with(
                random(4, 4).toPng(),
                Map.of(
                        "Author",
                        "somebody",
                        "parameters",
                        "a fox\nNegative prompt: blurry\nSteps: 5, Seed: 1, Version: v1"));

        Map<String, String> texts =
                PngText.read(upscale(told, 8, 8, "four", new ArrayList<>()).bytes());

        assertThat(texts).contains(entry("Author", "somebody"));
        assertThat(PngText.read(upscale(random(4, 4).toPng(), 8, 8, "lanczos", new ArrayList<>())
                        .bytes()))
                .containsExactly(entry(
                        "parameters", "Postprocess upscale to: 8x8, Postprocess upscaler: lanczos, Version: Triptych"));
        GenerationParameters parameters = GenerationParameters.parse(texts.getOrDefault("parameters", ""));
        assertThat(parameters.prompt()).isEqualTo("a fox");
        assertThat(parameters.settings())
                .containsExactly(
                        entry("Steps", "5"),
                        entry("Seed", "1"),
                        entry("Version", "v1"),
                        entry("Postprocess upscale to", "8x8"),
                        entry("Postprocess upscaler", "four"));
    }

    @Test
    void whatCannotBeDoneIsSaidBeforeAnythingIs() throws IOException {
        byte[] picture = random(4, 4).toPng();
        Path damaged = Files.writeString(temp.resolve("missing.safetensors"), "not one");

        assertThatThrownBy(() -> upscale(picture, 16_385, 4, "lanczos", new ArrayList<>()))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("size must have edges of at most 16384 pixels but was 16385x4");
        assertThatThrownBy(() -> upscale(picture, 8, 8, "five", new ArrayList<>()))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("upscaler must be one of four, lanczos, none but was \"five\"");
        assertThatThrownBy(() -> upscale(picture, 8, 8, "none", new ArrayList<>()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining(damaged.toString());
    }

    private GeneratedImage upscale(
            byte[] picture, int width, int height, String upscaler, List<GenerationEvent> events) {
        return generator.upscale(
                ImageInput.of(picture),
                new ImageSize(width, height),
                upscaler,
                GenerationContext.builder().listener(events::add).build());
    }

    private static Pixels decoded(GeneratedImage image) {
        return Pixels.decode(image.bytes());
    }

    private static Pixels random(int width, int height) {
        byte[] rgb = new byte[width * height * 3];
        new Random(7).nextBytes(rgb);
        return Pixels.of(width, height, rgb);
    }
}
