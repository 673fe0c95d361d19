package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Provenance;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.EngineOptions;
import dev.triptych.diffusion.pixels.Pixels;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pictures that a denoiser in 8-bit integers paints: much like those of floats, written down, and painted again. */
class PrecisionTest {

    private static final String PRECISION = "local.precision";

    @TempDir
    static Path cache;

    @BeforeAll
    static void assumeIntegers() {
        try (Engine engine = new Engine(
                new EngineOptions(1, "cpu", false, LocalSettings.bundled().cache()))) {
            assumeTrue(engine.integerObstacle().isEmpty(), "this processor has no exact products of 8-bit integers");
        }
    }

    private static ImageGenerator generator(Path checkpoint) {
        return LocalDiffusionGenerator.builder()
                .settings(LocalSettings.bundled()
                        .withCheckpoint(checkpoint)
                        .withCache(cache)
                        .withDevice("cpu"))
                .build();
    }

    private static ImageRequest.Builder request() {
        return ImageRequest.builder()
                .prompt("a castle")
                .seed(3)
                .steps(2)
                .size(64, 64)
                .guidanceScale(1.0);
    }

    @Test
    void integersPaintNearlyTheSameAndTheSameAgain() {
        try (ImageGenerator tiny = generator(GoldenCheckpoints.directory("tiny-sd1"))) {
            ImageResult floats = tiny.generate(request().build());
            ImageResult integers =
                    tiny.generate(request().option(PRECISION, "int8").build());

            assertThat(floats.execution().effectiveRequest().options()).containsEntry(PRECISION, "fp32");
            assertThat(integers.execution().effectiveRequest().options()).containsEntry(PRECISION, "int8");
            assertThat(difference(floats, integers)).isBetween(0.01, 6.0);
            ImageRequest written = Provenance.read(integers.image().bytes())
                    .orElseThrow()
                    .request(name -> {
                        throw new AssertionError("no input was given");
                    });
            assertThat(tiny.generate(written).image()).isEqualTo(integers.image());
        }
    }

    @Test
    void autoSaysWhatItChose() {
        try (ImageGenerator tiny = generator(GoldenCheckpoints.directory("tiny-sd1"))) {
            ImageResult result =
                    tiny.generate(request().option(PRECISION, "auto").build());

            assertThat(result.execution().effectiveRequest().options()).containsEntry(PRECISION, "int8");
            assertThat(result.warnings())
                    .extracting(GenerationWarning::message)
                    .containsExactly("precision auto painted with int8");
        }
    }

    @Test
    void aSpeedMeansIntegersToo() {
        try (ImageGenerator tiny = generator(GoldenCheckpoints.directory("tiny-sd1"))) {
            ImageResult result = tiny.generate(
                    request().steps(10).option("local.speed", "balanced").build());

            assertThat(result.execution().effectiveRequest().options()).containsEntry(PRECISION, "int8");
            assertThat(result.warnings())
                    .extracting(GenerationWarning::message)
                    .anyMatch(message -> message.endsWith(", local.precision int8"));
        }
    }

    @Test
    void thePrecisionOfTheSettingsIsPinned() {
        LocalSettings settings = LocalSettings.bundled()
                .withCheckpoint(GoldenCheckpoints.directory("tiny-sd1"))
                .withPrecision("int8");
        try (ImageGenerator generator =
                LocalDiffusionGenerator.builder().settings(settings).build()) {
            assertThat(generator.pinned(request().build()).options()).containsEntry(PRECISION, "int8");
        }
        assertThatThrownBy(() -> settings.withPrecision("fp16"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("precision must be fp32, int8 or auto but was \"fp16\"");
    }

    @Test
    void whatHasNoFormInIntegersIsRefused() {
        try (ImageGenerator karlo = generator(ReferenceTensors.path("checkpoints/tiny-karlo"))) {
            ImageRequest wanted = request().option(PRECISION, "int8").build();
            assertThatThrownBy(() -> karlo.generate(wanted))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage(
                            "option local.precision must be fp32 but was int8: tiny-karlo is of a family without a form in"
                                    + " 8-bit integers");
        }
    }

    @ParameterizedTest
    @CsvSource({"tiny-sdxl", "tiny-sd3", "tiny-flux-dev", "tiny-flux2-klein", "tiny-z-image"})
    void everyFamilyPaintsInIntegers(String checkpoint) {
        try (ImageGenerator tiny = generator(ReferenceTensors.path("checkpoints/" + checkpoint))) {
            ImageResult floats = tiny.generate(request().build());
            ImageResult integers =
                    tiny.generate(request().option(PRECISION, "int8").build());

            assertThat(difference(floats, integers)).as(checkpoint).isBetween(0.001, 8.0);
        }
    }

    /** The mean difference of a byte. */
    private static double difference(ImageResult one, ImageResult other) {
        byte[] a = Pixels.decode(one.image().bytes()).rgb();
        byte[] b = Pixels.decode(other.image().bytes()).rgb();
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs((a[i] & 0xFF) - (b[i] & 0xFF));
        }
        return sum / a.length;
    }
}
