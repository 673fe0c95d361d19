package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.InputRole;
import dev.triptych.ModelLoadException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.pixels.annotate.Annotator;
import dev.triptych.media.PngText;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** T2I-Adapters among a generator's controls, and annotators before them. */
class T2iAdapterControlTest {

    private static final Pixels PICTURE = picture();

    private final Path golden = golden();

    @Test
    void theAnnotatorMakesTheControlPictureAndTheRecordSaysSo() {
        try (LocalDiffusionGenerator generator = generator("tiny-sd1", "tiny-t2i-full")) {
            ImageInput edges = input(Annotator.parse("canny").annotate(PICTURE));
            byte[] plain = pixels(generator.generate(request().build()));
            ImageResult annotated = generator.generate(request()
                    .input(input(PICTURE))
                    .option("local.annotate", "canny:100:200")
                    .build());

            assertThat(pixels(annotated))
                    .isEqualTo(pixels(generator.generate(request().input(edges).build())))
                    .isNotEqualTo(plain);
            ImageRequest effective = annotated.execution().effectiveRequest();
            assertThat(effective.options()).containsEntry("local.annotate", "canny:100:200");
            assertThat(PngText.read(annotated.image().bytes()).get("parameters"))
                    .contains("Module: canny, Model: shape, Weight: 1, Resize Mode: Just Resize, Threshold A: 100,"
                            + " Threshold B: 200, Guidance Start: 0");
            assertThat(effective.options().get("local.control-hashes")).matches("shape=[0-9a-f]{12}");
            assertThat(pixels(generator.generate(effective))).isEqualTo(pixels(annotated));
            assertThat(pixels(generator.generate(
                            request().input(input(PICTURE).withStrength(0)).build())))
                    .isEqualTo(plain);
        }
    }

    @Test
    void anAnnotatorWithoutPicturesIsAWarningAndAnUnknownOneAnError() {
        try (LocalDiffusionGenerator generator = generator("tiny-sd1", "tiny-t2i-full")) {
            assertThat(generator
                            .generate(
                                    request().option("local.annotate", "canny").build())
                            .warnings())
                    .anySatisfy(warning -> assertThat(warning.message())
                            .isEqualTo("local.annotate has no effect without a control picture"));
            assertThatThrownBy(() -> generator.generate(request()
                            .input(input(PICTURE))
                            .option("local.annotate", "depth")
                            .build()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage(
                            "option local.annotate: an annotator must be canny, luminance, inversion or blur but was"
                                    + " \"depth\"");
        }
    }

    @Test
    void anAdapterOfAnotherModelAndASizeItCannotDivideAreRefused() {
        try (LocalDiffusionGenerator sd1 = generator("tiny-sd1", "tiny-t2i-xl");
                LocalDiffusionGenerator xl = generator("tiny-sdxl", "tiny-t2i-xl")) {
            assertThatThrownBy(
                            () -> sd1.generate(request().input(input(PICTURE)).build()))
                    .isInstanceOf(ModelLoadException.class)
                    .hasMessage("control shape must be a T2I-Adapter for tiny-sd1, with features of widths"
                            + " [16, 32, 32, 48], but has [16, 32, 48, 48]: it is for another model");
            assertThatThrownBy(() -> xl.generate(
                            request().size(72, 64).input(input(PICTURE)).build()))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("size must be a multiple of 16 with control shape but was 72x64");
        }
    }

    private LocalDiffusionGenerator generator(String model, String adapter) {
        return LocalDiffusionGenerator.builder()
                .settings(LocalSettings.bundled()
                        .withCheckpoint(golden.resolve("checkpoints").resolve(model))
                        .withControl("shape", golden.resolve("checkpoints").resolve(adapter)))
                .build();
    }

    private static ImageRequest.Builder request() {
        return ImageRequest.builder()
                .prompt("a lighthouse")
                .seed(1)
                .steps(2)
                .size(64, 64)
                .option("local.scheduler", "ddim");
    }

    private static ImageInput input(Pixels picture) {
        return ImageInput.of(picture.toPng()).as(InputRole.CONTROL).named("shape");
    }

    private static byte[] pixels(ImageResult result) {
        return Pixels.decode(result.image().bytes()).rgb();
    }

    private static Pixels picture() {
        byte[] rgb = new byte[64 * 64 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) ((i / 3 % 64 / 16 + i / 3 / 64 / 16) % 2 * 200);
        }
        return Pixels.of(64, 64, rgb);
    }

    private static Path golden() {
        assumeTrue(GoldenCheckpoints.fullSet().isPresent(), "the full set of reference values is not on this machine");
        return GoldenCheckpoints.fullSet().orElseThrow();
    }
}
