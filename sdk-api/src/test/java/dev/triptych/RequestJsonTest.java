package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class RequestJsonTest {

    private static final ImageInput INPUT = ImageInput.of(TestPictures.png(4, 4, Color.RED));
    private static final ImageInput MASK = ImageInput.of(TestPictures.mask(4, 4));

    @Test
    void writesOnlyWhatIsSet() {
        assertThat(RequestJson.canonical(ImageRequest.of("a fox"))).isEqualTo("{\"prompt\":\"a fox\"}");
    }

    @Test
    void writesEveryFieldInAlphabeticalOrder() {
        assertThat(RequestJson.canonical(everything()))
                .isEqualTo(
                        "{\"background\":\"opaque\",\"compression\":80,\"count\":3,\"guidanceScale\":7.5,\"inputs\":[\""
                                + INPUT.sha256() + "\"],\"mask\":\"" + MASK.sha256()
                                + "\",\"negativePrompt\":\"blur\",\"options\":{\"local.a\":\"1\",\"local.b\":\"2\"},"
                                + "\"outputFormat\":\"png\",\"prompt\":\"a \\\"fox\\\"\\nin \\u96EA\",\"quality\":\"high\","
                                + "\"reference\":{\"imageId\":\"17\",\"operation\":\"UPSCALE\",\"providerId\":\"discord\"},"
                                + "\"seed\":42,\"size\":\"768x512\",\"steps\":20,\"strength\":0.1,\"style\":\"vivid\"}");
    }

    @Test
    void readsBackEveryField() {
        ImageRequest request = everything();

        ImageRequest read = RequestJson.parse(
                RequestJson.canonical(request), Map.of(INPUT.sha256(), INPUT, MASK.sha256(), MASK)::get);

        assertThat(read).isEqualTo(request);
    }

    @Test
    void writesWholeNumbersWithoutAPoint() {
        assertThat(RequestJson.canonical(
                        ImageRequest.of("x").toBuilder().guidanceScale(20).build()))
                .isEqualTo("{\"guidanceScale\":20,\"prompt\":\"x\"}");
    }

    @Property(seed = "1", tries = 500)
    void readsBackEveryNumber(@ForAll @DoubleRange(min = 0, max = 1e12) double scale) {
        ImageRequest request =
                ImageRequest.of("x").toBuilder().guidanceScale(scale + 0.0).build();

        assertThat(RequestJson.parse(RequestJson.canonical(request), hash -> null))
                .isEqualTo(request);
    }

    @Property(seed = "2", tries = 300)
    void readsBackEveryText(@ForAll("requests") ImageRequest request) {
        String json = RequestJson.canonical(request);

        assertThat(json).matches("\\p{ASCII}+");
        assertThat(RequestJson.parse(json, hash -> null)).isEqualTo(request);
        assertThat(RequestJson.canonical(RequestJson.parse(json, hash -> null))).isEqualTo(json);
    }

    @Provide
    Arbitrary<ImageRequest> requests() {
        Arbitrary<String> text = Arbitraries.strings().all().ofMaxLength(20);
        return Combinators.combine(text, text, text)
                .as((prompt, negative, option) -> ImageRequest.builder()
                        .prompt("p" + prompt)
                        .negativePrompt(negative)
                        .option("local.x" + wellFormed(option), option)
                        .build());
    }

    private static String wellFormed(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    @Test
    void differsForEveryChange() {
        ImageRequest request = ImageRequest.of("a fox");

        assertThat(RequestJson.sha256(request))
                .hasSize(64)
                .isEqualTo(RequestJson.sha256(ImageRequest.of("a fox")))
                .isNotEqualTo(RequestJson.sha256(ImageRequest.of("a fox ")))
                .isNotEqualTo(RequestJson.sha256(request.toBuilder().seed(0).build()));
    }

    @Test
    void namesAnInputThatIsNotToBeHad() {
        String json = RequestJson.canonical(everything());

        assertThatThrownBy(() -> RequestJson.parse(json, hash -> null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("inputs needs the picture with SHA-256 " + INPUT.sha256() + " but it was not given");
        assertThatThrownBy(() -> RequestJson.parse(json, hash -> MASK))
                .hasMessage("inputs needs the picture with SHA-256 " + INPUT.sha256() + " but one with " + MASK.sha256()
                        + " was given");
    }

    @Test
    void refusesWhatIsNoRequest() {
        assertThatThrownBy(() -> parse("{\"prompt\": secret fox}"))
                .hasMessage("request must be JSON but could not be read at line 1, column 12");
        assertThatThrownBy(() -> parse("[]")).hasMessage("request must be an object but was of JSON type ARRAY");
        assertThatThrownBy(() -> parse("{\"prompt\":1}"))
                .hasMessage("prompt must be a text but was of JSON type NUMBER");
        assertThatThrownBy(() -> parse("{\"prompt\":\"x\",\"cfg\":1}"))
                .hasMessage("request has an unknown field \"cfg\"");
        assertThatThrownBy(() -> parse("{\"prompt\":\"x\",\"steps\":2.5}"))
                .hasMessage("steps must be a whole number of at most 2147483647 but was of JSON type NUMBER");
        assertThatThrownBy(() -> parse("{\"prompt\":\"x\",\"steps\":0}"))
                .hasMessage("steps must be at least 1 but was 0");
        assertThatThrownBy(
                        () -> parse("{\"reference\":{\"imageId\":\"1\",\"operation\":\"ZOOM\",\"providerId\":\"d\"}}"))
                .hasMessage("reference.operation must be VARIATION or UPSCALE but was \"ZOOM\"");
    }

    private static ImageRequest parse(String json) {
        return RequestJson.parse(json, hash -> null);
    }

    private static ImageRequest everything() {
        return ImageRequest.builder()
                .prompt("a \"fox\"\nin 雪")
                .negativePrompt("blur")
                .count(3)
                .size(768, 512)
                .seed(42)
                .steps(20)
                .guidanceScale(7.5)
                .strength(0.1)
                .inputs(List.of(INPUT))
                .mask(MASK)
                .reference(new ImageReference("discord", "17", Operation.UPSCALE))
                .quality("high")
                .style("vivid")
                .background("opaque")
                .outputFormat("png")
                .compression(80)
                .option("local.b", "2")
                .option("local.a", "1")
                .build();
    }
}
