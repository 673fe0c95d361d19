package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ImageSize;
import dev.triptych.NegotiationMode;
import dev.triptych.Provenance;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.PngText;
import dev.triptych.testkit.ImageGeneratorContract;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The local provider keeps the contract, and says what it did. */
class LocalDiffusionGeneratorTest extends ImageGeneratorContract {

    @Override
    protected ImageGenerator createGenerator() {
        return tiny();
    }

    /** A generator over a checkpoint with random weights: fast, and as exact as any other. */
    private static ImageGenerator tiny() {
        return LocalDiffusionGenerator.builder()
                .name("tiny")
                .checkpoint(GoldenCheckpoints.directory("tiny-sd1"))
                .seeds(() -> 5)
                .build();
    }

    @Override
    protected Optional<String> whyCloseRuleIsMissing() {
        return Optional.of("closing lets a running call end with an error of the engine");
    }

    @Override
    protected ImageRequest.Builder request() {
        return castle();
    }

    private static ImageRequest.Builder castle() {
        return ImageRequest.builder()
                .prompt("a castle on a hill at sunset, oil painting")
                .steps(2)
                .size(64, 64);
    }

    private static ImageResult generate(ImageRequest request) {
        try (ImageGenerator generator = tiny()) {
            return generator.generate(request);
        }
    }

    @Test
    void drawsASeedWhereNoneIsGivenAndSaysWhich() {
        ImageResult result = generate(castle().build());

        assertThat(result.image().seed()).hasValue(5);
        assertThat(result.execution().effectiveRequest().seed()).hasValue(5);
    }

    @Test
    void aPictureOfSeveralIsThePictureOfItsOwnSeed() {
        ImageResult pair = generate(castle().seed(7).count(2).build());
        ImageResult second = generate(castle().seed(8).build());

        assertThat(pair.images().get(1)).isEqualTo(second.image());
    }

    @Test
    void writesEveryDefaultDownInTheEffectiveRequest() {
        ImageRequest effective =
                generate(castle().size((ImageSize) null).build()).execution().effectiveRequest();

        assertThat(effective.size()).contains(ImageSize.square(64));
        assertThat(effective.guidanceScale()).hasValue(7.5);
        assertThat(effective.options())
                .isEqualTo(Map.of(
                        "local.scheduler", "PNDMScheduler", "local.guidance-rescale", "0.0", "local.clip-skip", "0"));
    }

    @Test
    void takesTheNearestSizeItCanMakeAndWarns() {
        ImageResult result = generate(castle().size(70, 62).build());

        assertThat(result.image().width()).isEqualTo(72);
        assertThat(result.image().height()).isEqualTo(64);
        assertThat(result.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.field()).isEqualTo("size"));
    }

    @Test
    void refusesASizeThatWouldTakeHoursInsteadOfTakingTheNearest() {
        ImageRequest huge = castle().size(100_000, 100_000).build();

        assertThatThrownBy(() -> generate(huge))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("size must have edges of at most 2048 pixels but was 100000x100000");
    }

    @Test
    void warnsOfANegativePromptThatNothingReads() {
        ImageResult result =
                generate(castle().negativePrompt("blurry").guidanceScale(1.0).build());

        assertThat(result.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.message())
                        .isEqualTo("negativePrompt has no effect without classifier-free guidance"));
    }

    @Test
    void warnsOfTheTextThatIsCutOff() {
        ImageResult result = generate(castle().prompt("castle ".repeat(80)).build());

        assertThat(result.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.message())
                        .isEqualTo("prompt must be at most 75 tokens; this was cut off: castle castle castle castle"
                                + " castle"));
    }

    @Test
    void refusesALongPromptInStrictMode() {
        GenerationContext strict =
                GenerationContext.builder().negotiation(NegotiationMode.STRICT).build();
        try (ImageGenerator generator = tiny()) {
            ImageRequest request = castle().prompt("castle ".repeat(80)).build();

            assertThatThrownBy(() -> generator.generate(request, strict))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("prompt must be at most 75 tokens but was longer");
        }
    }

    @Test
    void countsTheStepsOfAllPictures() {
        List<GenerationEvent> events = new ArrayList<>();
        try (ImageGenerator generator = tiny()) {
            generator.generate(
                    castle().option("local.scheduler", "ddim").count(2).build(),
                    GenerationContext.builder().listener(events::add).build());
        }

        assertThat(events.stream().filter(GenerationEvent.Progress.class::isInstance))
                .containsExactly(
                        new GenerationEvent.Progress(1, 4),
                        new GenerationEvent.Progress(2, 4),
                        new GenerationEvent.Progress(3, 4),
                        new GenerationEvent.Progress(4, 4));
    }

    @Test
    void aPictureSaysHowItWasMade() {
        ImageResult result = generate(castle().negativePrompt("blurry")
                .seed(3)
                .guidanceScale(6.5)
                .option("local.scheduler", "euler a")
                .build());

        String parameters = PngText.read(result.image().bytes()).get(GenerationParameters.PNG_KEYWORD);
        assertThat(parameters)
                .startsWith("a castle on a hill at sunset, oil painting\nNegative prompt: blurry\n"
                        + "Steps: 2, Sampler: Euler a, CFG scale: 6.5, Seed: 3, Size: 64x64, Model hash: ")
                .endsWith(", Model: tiny-sd1, Version: Triptych");
        ImageRequest again =
                Provenance.read(result.image().bytes()).orElseThrow().request(sha256 -> null);
        assertThat(generate(again).image()).isEqualTo(result.image());
    }

    @Test
    void aPictureMadeFromAPictureNamesItByItsHash() {
        ImageInput input =
                ImageInput.of(generate(castle().seed(1).build()).image().bytes());
        ImageResult result =
                generate(castle().input(input).strength(0.5).seed(2).build());

        Provenance provenance = Provenance.read(result.image().bytes()).orElseThrow();

        assertThat(generate(provenance.request(sha256 -> sha256.equals(input.sha256()) ? input : null))
                        .image())
                .isEqualTo(result.image());
        assertThatThrownBy(() -> provenance.request(sha256 -> null)).hasMessageContaining(input.sha256());
    }

    @Test
    void refusesAStrengthThatLeavesNoStep() {
        ImageInput input =
                ImageInput.of(generate(castle().seed(1).build()).image().bytes());
        ImageRequest request = castle().input(input).strength(0.3).build();

        assertThatThrownBy(() -> generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("strength must be at least 1/steps (0.5) to leave one step but was 0.3");
    }

    @Test
    void namesTheOptionThatItCannotRead() {
        ImageRequest request = castle().option("local.clip-skip", "two").build();

        assertThatThrownBy(() -> generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("option local.clip-skip: must be a whole number but was \"two\"");
    }

    @Test
    void refusesToSkipMoreLayersThanThereAre() {
        ImageRequest request = castle().option("local.clip-skip", "4").build();

        assertThatThrownBy(() -> generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("option local.clip-skip must be between 0 and 3 but was 4");
    }
}
