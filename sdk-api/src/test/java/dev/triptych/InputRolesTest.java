package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class InputRolesTest {

    private static final ImageInput PICTURE = ImageInput.of(TestPictures.png(4, 4, Color.RED));

    private static final ImageInput EDGES =
            PICTURE.as(InputRole.CONTROL).named("canny").withStrength(0.5).withWindow(0.25, 0.75);

    private static final Capabilities STEERED = Capabilities.builder()
            .operations(Operation.IMAGE_TO_IMAGE)
            .maxInputs(1)
            .inputs(InputRole.CONTROL, InputRule.named(2, Set.of("canny", "depth")))
            .build();

    @Test
    void aPictureSaysWhatItIsFor() {
        assertThat(PICTURE.role()).isEqualTo(InputRole.START);
        assertThat(EDGES.role()).isEqualTo(InputRole.CONTROL);
        assertThat(EDGES.name()).isEqualTo("canny");
        assertThat(EDGES.strength()).isEqualTo(0.5);
        assertThat(EDGES.start()).isEqualTo(0.25);
        assertThat(EDGES.end()).isEqualTo(0.75);
        assertThat(EDGES.bytes()).isEqualTo(PICTURE.bytes());
        assertThat(EDGES).isNotEqualTo(PICTURE).isNotEqualTo(EDGES.withStrength(0.6));
        assertThat(EDGES.plain()).isEqualTo(PICTURE).hasSameHashCodeAs(PICTURE);
        assertThat(EDGES)
                .hasToString("ImageInput[" + PICTURE.header() + ", " + PICTURE.bytes().length
                        + " bytes, CONTROL canny, strength=0.5, window=0.25 to 0.75]");
    }

    @Test
    void saysWhatIsOutOfRange() {
        assertThatThrownBy(() -> PICTURE.withStrength(-0.1))
                .hasMessage("strength of an input must be between 0 and 10 but was -0.1");
        assertThatThrownBy(() -> PICTURE.withStrength(Double.NaN))
                .hasMessage("strength of an input must be between 0 and 10 but was NaN");
        assertThatThrownBy(() -> PICTURE.withWindow(0.5, 0.5))
                .hasMessage("window of an input must have 0 <= start < end <= 1 but was 0.5 to 0.5");
        assertThatThrownBy(() -> InputRole.parse("edges"))
                .hasMessage("role must be START, REFERENCE, CONTROL or STYLE but was \"edges\"");
    }

    @Test
    void onlyAStartMakesARequestImageToImage() {
        ImageRequest.Builder steered = ImageRequest.builder().prompt("x").input(EDGES);

        assertThat(steered.build().operation()).isEqualTo(Operation.TEXT_TO_IMAGE);
        assertThatThrownBy(() -> ImageRequest.builder()
                        .prompt("x")
                        .input(EDGES)
                        .mask(PICTURE)
                        .build())
                .hasMessage("mask needs an input picture to paint on but there was none");
        assertThat(steered.input(PICTURE).build().operation()).isEqualTo(Operation.IMAGE_TO_IMAGE);
        assertThat(steered.build().inputs(InputRole.START)).containsExactly(PICTURE);
        assertThatThrownBy(() -> steered.mask(EDGES).build())
                .hasMessage("mask must have no role, name, strength or window but had");
    }

    @Test
    void standInTheJsonWithWhatDiffersFromAStart() {
        ImageRequest request = ImageRequest.builder()
                .prompt("x")
                .input(PICTURE)
                .input(EDGES)
                .input(PICTURE.as(InputRole.REFERENCE))
                .build();
        String sha256 = PICTURE.sha256();

        String json = RequestJson.canonical(request);

        assertThat(json)
                .isEqualTo("{\"inputs\":[\"" + sha256 + "\",{\"end\":0.75,\"image\":\"" + sha256
                        + "\",\"name\":\"canny\",\"role\":\"CONTROL\",\"start\":0.25,\"strength\":0.5},{\"image\":\""
                        + sha256 + "\",\"role\":\"REFERENCE\"}],\"prompt\":\"x\"}");
        assertThat(RequestJson.parse(json, Map.of(sha256, EDGES)::get)).isEqualTo(request);
    }

    @Test
    void whatTheirJsonGetsWrongIsSaid() {
        assertWrong("{\"role\":\"control\"}", "inputs must have an image in each object but one had none");
        assertWrong(
                "{\"image\":\"#\",\"role\":\"edges\"}",
                "role must be START, REFERENCE, CONTROL or STYLE but was \"edges\"");
        assertWrong("{\"image\":\"#\",\"weight\":1}", "inputs has an unknown field \"weight\"");
        assertWrong(
                "{\"image\":\"#\",\"strength\":\"1\"}", "inputs.strength must be a number but was of JSON type STRING");
    }

    private static void assertWrong(String input, String message) {
        String json = "{\"prompt\":\"x\",\"inputs\":[" + input.replace("#", PICTURE.sha256()) + "]}";
        assertThatThrownBy(() -> RequestJson.parse(json, Map.of(PICTURE.sha256(), PICTURE)::get))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void aGeneratorTakesTheRolesThatItSays() {
        ImageRequest fine = request(b -> b.input(PICTURE).input(EDGES).input(EDGES.named("depth")));

        assertThat(negotiate(fine, STEERED, NegotiationMode.STRICT).request()).isEqualTo(fine);
        assertThat(STEERED.maxInputs()).isEqualTo(3);
        assertRefused(
                b -> b.input(PICTURE.as(InputRole.STYLE)),
                "inputs must have one of the roles [CONTROL, START] but one had role STYLE");
        assertRefused(
                b -> b.input(EDGES).input(EDGES).input(EDGES), "inputs with role CONTROL must be at most 2 but were 3");
        assertRefused(
                b -> b.input(EDGES.named("cany")), "inputs[0].name must be one of [canny, depth] but was \"cany\"");
        assertRefused(
                b -> b.input(PICTURE.named("canny")), "inputs[0].name must be empty with role START but was \"canny\"");
    }

    private static void assertRefused(UnaryOperator<ImageRequest.Builder> asked, String message) {
        assertThatThrownBy(() -> negotiate(request(asked), STEERED, NegotiationMode.ADAPT))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage(message);
    }

    @Test
    void aGeneratorWithNoControlSetUpSaysSo() {
        Capabilities none = Capabilities.builder()
                .inputs(InputRole.CONTROL, InputRule.named(8, Set.of()))
                .build();

        assertThatThrownBy(() -> negotiate(request(b -> b.input(EDGES)), none, NegotiationMode.ADAPT))
                .hasMessage("inputs[0].name must be set up in the generator, which has none for role CONTROL, but was"
                        + " \"canny\"");
    }

    @Test
    void rolesMayShareALimit() {
        Capabilities editing = Capabilities.builder()
                .operations(Operation.IMAGE_TO_IMAGE)
                .maxInputs(2)
                .inputs(InputRole.REFERENCE, InputRule.plain(2))
                .maxInputsTogether(2)
                .build();
        ImageInput reference = PICTURE.as(InputRole.REFERENCE);
        ImageRequest three = request(b -> b.input(PICTURE).input(reference).input(reference));

        assertThatThrownBy(() -> negotiate(three, editing, NegotiationMode.ADAPT))
                .hasMessage("inputs must be at most 2 but were 3");
        assertThat(editing.withMaxImagesPerCall(4).maxInputs()).isEqualTo(2);
    }

    @Test
    void aStrengthThatNothingHearsIsADifference() {
        ImageRequest request = request(b -> b.input(PICTURE.withStrength(0.5)));

        Negotiation.Negotiated negotiated = negotiate(request, STEERED, NegotiationMode.ADAPT);

        assertThat(negotiated.request().inputs()).containsExactly(PICTURE);
        assertThat(negotiated.warnings())
                .containsExactly(GenerationWarning.ignored(
                        "inputs[0]", "strength and window of inputs[0] have no effect with role START"));
    }

    @Test
    void theTableDescribesEachField() {
        assertThat(RequestField.ALL)
                .extracting(RequestField::name)
                .containsExactly(
                        "prompt",
                        "negativePrompt",
                        "count",
                        "size",
                        "aspectRatio",
                        "seed",
                        "steps",
                        "guidanceScale",
                        "strength",
                        "inputs",
                        "mask",
                        "reference",
                        "quality",
                        "style",
                        "background",
                        "outputFormat",
                        "compression",
                        "options");
        RequestField<?> compression = RequestField.ALL.stream()
                .filter(field -> field.name().equals("compression"))
                .findFirst()
                .orElseThrow();
        assertThat(compression.jsonType()).isEqualTo("integer");
        assertThat(compression.minimum()).hasValue(0);
        assertThat(compression.maximum()).hasValue(100);
        assertThat(compression.parameter()).contains(Parameter.COMPRESSION);
        for (Parameter parameter : Parameter.values()) {
            assertThat(RequestField.ALL)
                    .filteredOn(field -> field.parameter().equals(java.util.Optional.of(parameter)))
                    .extracting(RequestField::name)
                    .containsExactly(parameter.field());
        }
    }

    private static ImageRequest request(UnaryOperator<ImageRequest.Builder> asked) {
        return asked.apply(ImageRequest.builder().prompt("a fox")).build();
    }

    private static Negotiation.Negotiated negotiate(
            ImageRequest request, Capabilities capabilities, NegotiationMode mode) {
        return Negotiation.negotiate(request, capabilities, mode, "p");
    }
}
