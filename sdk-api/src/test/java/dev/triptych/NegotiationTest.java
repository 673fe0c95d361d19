package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NegotiationTest {

    private static final ImageInput INPUT = ImageInput.of(TestPictures.png(4, 4, Color.RED));

    /** A hosted model: three sizes, words for quality, a few formats, nothing of diffusion. */
    private static final Capabilities HOSTED = Capabilities.builder()
            .operations(Operation.IMAGE_TO_IMAGE)
            .honours(Parameter.SIZE, Parameter.QUALITY, Parameter.OUTPUT_FORMAT, Parameter.STYLE)
            .sizes(SizeRule.oneOf(ImageSize.square(1024), new ImageSize(1536, 1024)))
            .qualities(Set.of("low", "high"))
            .outputFormats(Set.of("png", "webp"))
            .maxImagesPerCall(2)
            .maxInputs(1)
            .maxPromptCharacters(20)
            .options("hosted", Set.of("hosted.moderation", "hosted.extra.*"))
            .build();

    /** The local engine: everything of diffusion, sizes in steps, PNG alone. */
    private static final Capabilities LOCAL = Capabilities.builder()
            .operations(Operation.IMAGE_TO_IMAGE)
            .honours(
                    Parameter.SIZE,
                    Parameter.SEED,
                    Parameter.STEPS,
                    Parameter.GUIDANCE_SCALE,
                    Parameter.NEGATIVE_PROMPT,
                    Parameter.STRENGTH)
            .sizes(SizeRule.multiplesOf(8, 64, 1024, ImageSize.square(512)))
            .maxInputs(1)
            .build();

    /** A case: what is asked of whom, the one warning to come, and what becomes of the request. */
    record Case(
            String name,
            Capabilities capabilities,
            UnaryOperator<ImageRequest.Builder> asked,
            GenerationWarning.Kind kind,
            String field,
            String message,
            UnaryOperator<ImageRequest.Builder> effective) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> differences() {
        return Stream.of(
                ignored("negative prompt", HOSTED, b -> b.negativePrompt("n"), "negativePrompt"),
                ignored("seed", HOSTED, b -> b.seed(1), "seed"),
                ignored("steps", HOSTED, b -> b.steps(9), "steps"),
                ignored("guidance scale", HOSTED, b -> b.guidanceScale(7), "guidanceScale"),
                ignored("strength", HOSTED, b -> b.strength(0.5), "strength"),
                ignored("compression", HOSTED, b -> b.compression(5), "compression"),
                ignored("background", HOSTED, b -> b.background("transparent"), "background"),
                ignored("quality", LOCAL, b -> b.quality("high"), "quality"),
                ignored("style", LOCAL, b -> b.style("vivid"), "style"),
                ignored("output format", LOCAL, b -> b.outputFormat("webp"), "outputFormat"),
                new Case(
                        "strength without an input",
                        LOCAL,
                        b -> b.strength(0.5),
                        GenerationWarning.Kind.IGNORED,
                        "strength",
                        "strength has no effect without an input picture",
                        b -> b),
                new Case(
                        "a size off the list",
                        HOSTED,
                        b -> b.size(1000, 700),
                        GenerationWarning.Kind.ADAPTED,
                        "size",
                        "size must be 1024x1024 or 1536x1024 but was 1000x700; 1536x1024 was taken",
                        b -> b.size(1536, 1024)),
                new Case(
                        "a size off the grid",
                        LOCAL,
                        b -> b.size(500, 500),
                        GenerationWarning.Kind.ADAPTED,
                        "size",
                        "size must be edges that are multiples of 8 from 64 to 1024 but was 500x500; 504x504 was taken",
                        b -> b.size(504, 504)),
                new Case(
                        "a shape that no size has",
                        HOSTED,
                        b -> b.aspectRatio(new AspectRatio(16, 9)),
                        GenerationWarning.Kind.ADAPTED,
                        "aspectRatio",
                        "no size has the shape 16:9; 1536x1024 was taken",
                        b -> b.size(1536, 1024)),
                new Case(
                        "an unknown word",
                        HOSTED,
                        b -> b.quality("ultra"),
                        GenerationWarning.Kind.IGNORED,
                        "quality",
                        "quality must be one of [high, low] but was \"ultra\"; the default was taken",
                        b -> b),
                new Case(
                        "an unknown option",
                        HOSTED,
                        b -> b.option("hosted.moderatoin", "low"),
                        GenerationWarning.Kind.IGNORED,
                        "options.hosted.moderatoin",
                        "option hosted.moderatoin is not known; known are hosted.moderation, hosted.extra.*, the nearest first",
                        b -> b));
    }

    private static Case ignored(
            String name, Capabilities capabilities, UnaryOperator<ImageRequest.Builder> asked, String field) {
        return new Case(
                name,
                capabilities,
                asked,
                GenerationWarning.Kind.IGNORED,
                field,
                field + " has no effect here",
                UnaryOperator.identity());
    }

    @ParameterizedTest
    @MethodSource("differences")
    void warnsAndGoesOnWhenAdapting(Case each) {
        Negotiation.Negotiated negotiated =
                negotiate(each.asked.apply(request()).build(), each.capabilities, NegotiationMode.ADAPT);

        assertThat(negotiated.warnings()).containsExactly(new GenerationWarning(each.kind, each.field, each.message));
        assertThat(negotiated.request())
                .isEqualTo(each.effective.apply(request()).build());
    }

    @ParameterizedTest
    @MethodSource("differences")
    void refusesWhenStrict(Case each) {
        ImageRequest request = each.asked.apply(request()).build();

        assertThatThrownBy(() -> negotiate(request, each.capabilities, NegotiationMode.STRICT))
                .isInstanceOfSatisfying(UnsupportedRequestException.class, error -> {
                    assertThat(error.providerId()).isEqualTo("p");
                    assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
                })
                .hasMessage(each.message);
    }

    @Test
    void passesWhatIsHonouredWithoutAWord() {
        ImageRequest hosted = request()
                .size(1536, 1024)
                .quality("low")
                .style("anything")
                .outputFormat("webp")
                .input(INPUT)
                .option("hosted.moderation", "low")
                .option("hosted.extra.seeds", "1")
                .option("other.setting", "1")
                .build();
        ImageRequest local = request()
                .size(512, 768)
                .seed(1)
                .steps(9)
                .guidanceScale(7)
                .negativePrompt("n")
                .strength(0.5)
                .input(INPUT)
                .outputFormat("png")
                .build();

        assertThat(negotiate(hosted, HOSTED, NegotiationMode.STRICT).request()).isEqualTo(hosted);
        assertThat(negotiate(local, LOCAL, NegotiationMode.STRICT).request()).isEqualTo(local);
    }

    @Test
    void turnsAShapeIntoASizeWithoutAWordWhereItFits() {
        ImageRequest request = request().aspectRatio(new AspectRatio(2, 1)).build();

        Negotiation.Negotiated negotiated = negotiate(request, LOCAL, NegotiationMode.STRICT);

        ImageSize size = negotiated.request().size().orElseThrow();
        assertThat(size.width()).isEqualTo(2 * size.height());
        assertThat(negotiated.request().aspectRatio()).isEmpty();
    }

    @Test
    void anEmptyPromptIsForGeneratorsThatTakeOne() {
        ImageRequest wordless = request().prompt(" ").build();
        Capabilities painter = Capabilities.builder().emptyPrompt(true).build();

        assertThat(negotiate(wordless, painter, NegotiationMode.STRICT).warnings())
                .isEmpty();
        assertRefused(
                request().prompt(" "),
                "prompt must say what to show but was empty, and there is no input picture or reference");
    }

    @Test
    void neverAdaptsCountInputsMaskPromptOrReference() {
        assertRefused(request().count(3), "count must be at most 2 a call but was 3");
        assertRefused(request().input(INPUT).input(INPUT), "inputs must be at most 1 but were 2");
        assertRefused(
                request().input(INPUT).mask(INPUT),
                "operation must be one of [IMAGE_TO_IMAGE, TEXT_TO_IMAGE] but was INPAINTING");
        assertRefused(request().prompt("x".repeat(21)), "prompt must be at most 20 characters but was 21");
        assertRefused(request().prompt("\ud83e\udd8a".repeat(21)), "prompt must be at most 20 characters but was 21");
        ImageRequest foxes = request().prompt("\ud83e\udd8a".repeat(20)).build();
        assertThat(negotiate(foxes, HOSTED, NegotiationMode.STRICT).request()).isEqualTo(foxes);
        Capabilities upscaling =
                Capabilities.builder().operations(Operation.UPSCALE).build();
        assertThatThrownBy(() -> negotiate(
                        request()
                                .reference(new ImageReference("other", "1", Operation.UPSCALE))
                                .build(),
                        upscaling,
                        NegotiationMode.ADAPT))
                .hasMessage("reference must be to a picture of p but was to one of other");
    }

    private static void assertRefused(ImageRequest.Builder request, String message) {
        assertThatThrownBy(() -> negotiate(request.build(), HOSTED, NegotiationMode.ADAPT))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage(message);
    }

    private static Negotiation.Negotiated negotiate(
            ImageRequest request, Capabilities capabilities, NegotiationMode mode) {
        return Negotiation.negotiate(request, capabilities, mode, "p");
    }

    private static ImageRequest.Builder request() {
        return ImageRequest.builder().prompt("a fox");
    }
}
