package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Provenance;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.pixels.Mask;
import dev.triptych.diffusion.pixels.Pixels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What stands around the denoising loop, through the whole generator. */
class PictureOptionsTest {

    private static ImageGenerator generator = tiny();

    @BeforeAll
    static void open() {
        generator = tiny();
    }

    @AfterAll
    static void close() {
        generator.close();
    }

    private static ImageGenerator tiny() {
        return LocalDiffusionGenerator.of(GoldenCheckpoints.directory("tiny-sd1"));
    }

    private static ImageRequest.Builder request() {
        return ImageRequest.builder()
                .prompt("a fox")
                .size(64, 64)
                .seed(7)
                .steps(4)
                .guidanceScale(1)
                .option("local.scheduler", "ddim");
    }

    @Test
    void previewsComeOnTheWayAndChangeNothing() {
        List<GenerationEvent> events = new ArrayList<>();
        ImageRequest shown =
                request().option("local.preview-every", "2").steps(6).build();
        ImageRequest plain = request().steps(6).build();

        ImageResult result = generator.generate(
                shown, GenerationContext.builder().listener(events::add).build());

        assertThat(events.stream().filter(GenerationEvent.Preview.class::isInstance))
                .hasSize(2) // after 2 and 4; after 6 there is the picture
                .allSatisfy(event -> assertThat(((GenerationEvent.Preview) event)
                                .image()
                                .header()
                                .width())
                        .isEqualTo(64));
        assertThat(result.image()).isEqualTo(generator.generate(plain).image());
        assertThat(result.execution().effectiveRequest().options()).doesNotContainKey("local.preview-every");
        assertThat(generator.pinned(shown)).isEqualTo(generator.pinned(plain));
    }

    @Test
    void aSecondPassMakesTheLargerPictureAndReplays() {
        for (String upscaler : List.of("latent", "latent-bicubic", "lanczos")) {
            ImageRequest twice = request()
                    .option("local.hires-scale", "1.5")
                    .option("local.hires-steps", "3")
                    .option("local.hires-upscaler", upscaler)
                    .build();
            List<GenerationEvent> events = new ArrayList<>();

            ImageResult result = generator.generate(
                    twice, GenerationContext.builder().listener(events::add).build());

            assertThat(result.image().width()).isEqualTo(96);
            assertThat(events.stream().filter(GenerationEvent.Progress.class::isInstance))
                    .last()
                    .isEqualTo(new GenerationEvent.Progress(7, 7));
            ImageRequest recorded = Provenance.read(result.image().bytes())
                    .orElseThrow()
                    .request(sha -> {
                        throw new IllegalArgumentException(sha);
                    });
            assertThat(generator.generate(recorded).image()).isEqualTo(result.image());
        }
    }

    @Test
    void whatTheMaskKeepsIsTheInputToTheByte() {
        Pixels input = noise(64, 64);
        byte[] mask = Mask.outside(64, 64, 0, 0, 40, 64).toPng();
        ImageRequest inpaint = request()
                .input(ImageInput.of(input.toPng()))
                .mask(ImageInput.of(mask))
                .option("local.keep-unmasked", "true")
                .build();

        Pixels painted = Pixels.decode(generator.generate(inpaint).image().bytes());

        assertThat(painted.cut(0, 0, 40, 64)).isEqualTo(input.cut(0, 0, 40, 64));
        assertThat(painted.cut(40, 0, 24, 64)).isNotEqualTo(input.cut(40, 0, 24, 64));
    }

    @Test
    void outpaintingPaintsAroundThePictureAndReplaysFromIt() {
        Pixels input = noise(40, 40);
        ImageInput given = ImageInput.of(input.toPng());
        ImageRequest around = request()
                .size(null)
                .input(given)
                .option("local.outpaint", "16,0,8,20")
                .option("local.keep-unmasked", "true")
                .build();

        ImageResult result = generator.generate(around);
        Pixels painted = Pixels.decode(result.image().bytes());

        assertThat(painted.width()).isEqualTo(64);
        assertThat(painted.height()).isEqualTo(64); // 60, filled to a multiple of 8
        assertThat(painted.cut(16, 0, 40, 40)).isEqualTo(input);
        ImageRequest recorded =
                Provenance.read(result.image().bytes()).orElseThrow().request(sha -> given);
        assertThat(generator.generate(recorded).image()).isEqualTo(result.image());
    }

    @Test
    void windowsPaintAPictureLargerThanTheDenoiserSees() {
        ImageRequest wide = request()
                .size(320, 128)
                .steps(2)
                .option("local.tiled-diffusion", "192")
                .build();

        ImageResult result = generator.generate(wide);

        assertThat(result.image().width()).isEqualTo(320);
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void whatCannotBeIsRefusedByName() {
        refused(
                request().option("local.decoder", "tiny"),
                "option local.decoder must be full where there is no tiny"
                        + " autoencoder but was tiny: give one as the component tiny_vae");
        refused(
                request().option("local.tiled-vae", "yes"),
                "option local.tiled-vae: must be true or false or auto but was \"yes\"");
        refused(
                request().option("local.hires-scale", "1.5").option("local.hires-upscaler", "x4"),
                "option local.hires-upscaler must be one of lanczos, latent, latent-bicubic, latent-nearest but was \"x4\"");
        refused(
                request().option("local.outpaint", "1,2,3,4"),
                "option local.outpaint must come with one input picture and no mask but came with 0 and none");
        refused(
                request().option("local.tiled-diffusion", "200"),
                "option local.tiled-diffusion must be a multiple of 64 but was 200");
    }

    private static void refused(ImageRequest.Builder request, String message) {
        assertThatThrownBy(() -> generator.generate(request.build()))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage(message);
    }

    private static Pixels noise(int width, int height) {
        byte[] rgb = new byte[width * height * 3];
        new Random(3).nextBytes(rgb);
        return Pixels.of(width, height, rgb);
    }
}
