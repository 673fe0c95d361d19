package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Provenance;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.PngText;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What requests say of speed, guidance and noise is done, written down, and done again from what was written. */
class ShortcutsAndNoiseTest {

    private static final ImageGenerator GENERATOR = LocalDiffusionGenerator.builder()
            .name("tiny")
            .checkpoint(GoldenCheckpoints.directory("tiny-sd1"))
            .seeds(() -> 77)
            .build();

    @AfterAll
    static void close() {
        GENERATOR.close();
    }

    @Test
    void aSpeedIsWrittenDownAsWhatItMeant() {
        ImageResult result = GENERATOR.generate(
                request().steps(10).option("local.speed", "fast").build());

        assertThat(result.execution().effectiveRequest().options())
                .containsEntry("local.speed", "fast")
                .containsKeys("local.deep-cache", "local.guidance-interval");
        assertThat(result.warnings())
                .extracting(GenerationWarning::message)
                .anyMatch(message -> message.startsWith(
                        "speed fast painted with local.deep-cache 4, local.guidance-interval 0.2-0.8"));
        assertThat(replayed(result.image())).isEqualTo(result.image());
    }

    @Test
    void theSpeedOfTheSettingsIsPinnedWhereARequestSaysNone() {
        LocalSettings settings = LocalSettings.bundled()
                .withCheckpoint(GoldenCheckpoints.directory("tiny-sd1"))
                .withSpeed("fast");
        try (ImageGenerator hurried =
                LocalDiffusionGenerator.builder().settings(settings).build()) {
            assertThat(hurried.pinned(request().build()).options()).containsEntry("local.speed", "fast");
            assertThat(hurried.pinned(request().option("local.speed", "exact").build())
                            .options())
                    .containsEntry("local.speed", "exact");
        }
        assertThat(GENERATOR.pinned(request().build()).options()).isEmpty();
        assertThatThrownBy(() -> settings.withSpeed("slow"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("speed must be exact, balanced or fast but was \"slow\"");
    }

    @Test
    void whatARequestSaysStandsAboveItsSpeed() {
        ImageResult result = GENERATOR.generate(request()
                .steps(10)
                .option("local.speed", "fast")
                .option("local.deep-cache", "0")
                .option("local.guidance-interval", "0-1")
                .option("local.precision", "fp32")
                .build());

        assertThat(result.image().sha256())
                .isNotEqualTo(GENERATOR
                        .generate(request()
                                .steps(10)
                                .option("local.speed", "fast")
                                .build())
                        .image()
                        .sha256());
        assertThat(pixels(result))
                .isEqualTo(pixels(GENERATOR.generate(request().steps(10).build())));
    }

    @Test
    void aFewStepsAreNotHurried() {
        ImageResult result = GENERATOR.generate(
                request().steps(3).option("local.speed", "fast").build());

        assertThat(pixels(result))
                .isEqualTo(pixels(GENERATOR.generate(request().steps(3).build())));
        assertThat(result.warnings())
                .extracting(GenerationWarning::message)
                .contains("speed fast painted as exact does: this model with 3 steps leaves nothing out, or the request"
                        + " says all of it");
    }

    @Test
    void variationsOfAPictureKeepItsSeedAndCountTheirOwn() {
        ImageResult result = GENERATOR.generate(request()
                .count(2)
                .option("local.variation-strength", "0.2")
                .option("local.variation-seed", "7")
                .build());

        assertThat(result.images())
                .extracting(image -> image.seed().orElseThrow())
                .containsExactly(3L, 3L);
        GeneratedImage second = result.images().get(1);
        assertThat(Provenance.read(second.bytes())
                        .orElseThrow()
                        .request(sha -> {
                            throw new IllegalStateException(sha);
                        })
                        .options())
                .containsEntry("local.variation-seed", "8");
        assertThat(parameters(second).settings())
                .containsEntry("Variation seed", "8")
                .containsEntry("Variation seed strength", "0.2");
        assertThat(replayed(second)).isEqualTo(second);
    }

    @Test
    void aVariationThatNamesNoSeedIsDrawn() {
        ImageResult result = GENERATOR.generate(
                request().option("local.variation-strength", "0.2").build());

        assertThat(result.execution().effectiveRequest().options()).containsEntry("local.variation-seed", "77");
    }

    @Test
    void theNoiseOfCudaIsAnother() {
        ImageResult cuda =
                GENERATOR.generate(request().option("local.noise", "cuda").build());

        assertThat(pixels(cuda))
                .isNotEqualTo(pixels(GENERATOR.generate(request().build())));
        assertThat(replayed(cuda.image())).isEqualTo(cuda.image());
    }

    @Test
    void theWebUisRuleMakesAStepMore() {
        ImageInput input =
                ImageInput.of(Pixels.of(64, 64, new byte[64 * 64 * 3]).toPng());
        ImageRequest.Builder request = request().input(input).strength(0.5).steps(4);

        byte[] ours = pixels(GENERATOR.generate(request.build()));
        ImageResult theirs = GENERATOR.generate(
                request.option("local.strength-rule", "a1111").build());

        assertThat(pixels(theirs)).isNotEqualTo(ours);
        assertThat(replayed(theirs.image(), input)).isEqualTo(theirs.image());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "local.guidance-interval | 0.8-0.2 | option local.guidance-interval: must be A-B with 0 ≤ A ≤ B ≤ 1 but was 0.8-0.2",
                "local.speed | slow | option local.speed: must be exact, balanced or fast but was \"slow\"",
                "local.noise | gpu | option local.noise: must be cpu or cuda but was \"gpu\"",
                "local.variation-seed | x | option local.variation-seed: must be a whole number but was \"x\"",
                "local.variation-strength | 2 | option local.variation-strength must be between 0.0 and 1.0 but was 2",
                "local.cfg-plus-plus | true | option local.cfg-plus-plus: must be with a scheduler whose step is a line (euler, euler a, ddim without eta) but was with PNDMScheduler",
            })
    void whatCannotBeIsSaid(String key, String value, String message) {
        assertThatThrownBy(() -> GENERATOR.generate(request().option(key, value).build()))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({
        "local.variation-seed, 7, local.variation-seed has no effect without local.variation-strength",
        "local.pag-layers, mid, local.pag-layers has no effect without local.pag-scale",
        "local.deep-cache-branch, 1, local.deep-cache-branch has no effect without local.deep-cache",
        "local.strength-rule, a1111, local.strength-rule has no effect without an input picture",
        "local.guidance-interval, 0-0.5, local.guidance-interval has no effect without classifier-free guidance",
        "local.cfg-plus-plus, true, local.cfg-plus-plus has no effect without classifier-free guidance",
    })
    void whatHasNoEffectIsSaid(String key, String value, String message) {
        ImageResult result =
                GENERATOR.generate(request().guidanceScale(1).option(key, value).build());

        assertThat(result.warnings()).extracting(GenerationWarning::message).contains(message);
    }

    private static ImageRequest.Builder request() {
        return ImageRequest.builder()
                .prompt("a castle on a hill")
                .size(64, 64)
                .seed(3)
                .steps(2)
                .guidanceScale(5);
    }

    private static GeneratedImage replayed(GeneratedImage image, ImageInput... inputs) {
        ImageRequest request = Provenance.read(image.bytes())
                .orElseThrow()
                .request(sha -> List.of(inputs).get(0));
        return GENERATOR.generate(request).image();
    }

    private static GenerationParameters parameters(GeneratedImage image) {
        return GenerationParameters.parse(PngText.read(image.bytes()).getOrDefault("parameters", ""));
    }

    private static byte[] pixels(ImageResult result) {
        return Pixels.decode(result.image().bytes()).rgb();
    }
}
