package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.triptych.GeneratedImage;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.Provenance;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.PngText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a picture says of itself: all that makes it again, and in the web UI's words what that has words for. */
class RecordTest {

    @TempDir
    Path temp;

    private LocalSettings settings = LocalSettings.bundled();
    private Path upscaler = Path.of("");

    @BeforeEach
    void setUp() {
        upscaler = UpscalerFile.write(temp.resolve("four.safetensors"));
        settings = LocalSettings.bundled().withCheckpoint(GoldenCheckpoints.directory("tiny-sd1"));
    }

    private static ImageRequest.Builder request() {
        return ImageRequest.builder()
                .prompt("a (red:1.3) fox")
                .negativePrompt("[snow]")
                .size(64, 64)
                .seed(7)
                .steps(3)
                .guidanceScale(6)
                .option("local.scheduler", "dpm++ 2m sde karras")
                .option("local.guidance-interval", "0-0.7")
                .option("local.hires-scale", "1.5");
    }

    private static GeneratedImage paint(LocalSettings settings, ImageRequest request) {
        try (ImageGenerator generator =
                LocalDiffusionGenerator.builder().settings(settings).build()) {
            return generator.generate(request).image();
        }
    }

    private static ImageRequest recorded(GeneratedImage image) {
        return Provenance.read(image.bytes()).orElseThrow().request(sha -> {
            throw new IllegalArgumentException(sha);
        });
    }

    private static Map<String, String> parameters(GeneratedImage image) {
        return GenerationParameters.parse(PngText.read(image.bytes()).getOrDefault("parameters", ""))
                .settings();
    }

    @Test
    void weightsAnIntervalAndASecondPassByANetworkAreMadeAgainToTheByte() {
        LocalSettings withNetwork = settings.withUpscaler("four", upscaler);

        GeneratedImage image = paint(
                withNetwork,
                request()
                        .option("local.prompt-syntax", "a1111")
                        .option("local.hires-upscaler", "four")
                        .option("local.freeu", "1.2,1.4,0.9,0.2")
                        .option("local.deep-cache", "2")
                        .build());

        assertThat(paint(withNetwork, recorded(image))).isEqualTo(image);
        assertThat(parameters(image))
                .contains(
                        entry("Sampler", "DPM++ 2M SDE"),
                        entry("Schedule type", "Karras"),
                        entry("Denoising strength", "0.7"),
                        entry("Hires upscale", "1.5"),
                        entry("Hires steps", "3"),
                        entry("Hires upscaler", "four"),
                        entry("Guidance interval", "0-0.7"),
                        entry("RNG", "CPU"),
                        entry("FreeU", "1.2,1.4,0.9,0.2"),
                        entry("Deep cache", "2"))
                .doesNotContainKeys("Emphasis", "Precision");
    }

    @Test
    void aNetworkThatIsMissingOrAnotherIsSaidByName() throws IOException {
        GeneratedImage image = paint(
                settings.withUpscaler("four", upscaler),
                request().option("local.hires-upscaler", "four").build());
        byte[] changed = Files.readAllBytes(upscaler);
        for (int i = changed.length / 2; i < changed.length; i++) {
            changed[i] ^= 1;
        }
        Path other = Files.write(temp.resolve("other.safetensors"), changed);

        assertThatThrownBy(() -> paint(settings, recorded(image)))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("option local.hires-upscaler must be one of lanczos, latent, latent-bicubic,"
                        + " latent-nearest but was \"four\"");
        assertThatThrownBy(() -> paint(settings.withUpscaler("four", other), recorded(image)))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessageStartingWith("option local.hires-upscaler-hash must be ")
                .hasMessageContaining(", as the upscaler four is, but was ");
    }

    @Test
    void whatWasFilledInIsWrittenDown() {
        GeneratedImage image = paint(settings, request().build());

        assertThat(recorded(image).options())
                .contains(
                        entry("local.hires-steps", "3"),
                        entry("local.hires-strength", "0.7"),
                        entry("local.hires-upscaler", "latent"));
        assertThat(parameters(image)).contains(entry("Emphasis", "None"), entry("Hires upscaler", "Latent"));
        assertThat(paint(settings, recorded(image))).isEqualTo(image);
    }
}
