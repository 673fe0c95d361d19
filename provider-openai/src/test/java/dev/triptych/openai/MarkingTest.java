package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.triptych.GeneratedImage;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.media.XmpPacket;
import dev.triptych.testkit.SignedPictures;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import org.junit.jupiter.api.Test;

class MarkingTest extends AgainstWireMock {

    private static final byte[] JPEG = TestPictures.jpeg(8, 8, Color.RED);

    private static void answerWith(byte[] picture) {
        answer(json(
                200,
                JsonNodeFactory.instance
                        .objectNode()
                        .set(
                                "data",
                                JsonNodeFactory.instance
                                        .arrayNode()
                                        .add(JsonNodeFactory.instance
                                                .objectNode()
                                                .put("b64_json", picture)))
                        .toString()));
    }

    @Test
    void aPictureThatSaysNothingOfItsSourceIsMarked() {
        answerWith(JPEG);
        try (ImageGenerator generator = openai().build()) {
            GeneratedImage image = generator.generate(PROMPT).image();

            assertThat(XmpPacket.digitalSourceType(image.bytes())).isEqualTo("trainedAlgorithmicMedia");
            assertThat(image.contentCredentials()).isEmpty();
        }
    }

    @Test
    void onePaintedIntoAnotherIsMarkedAsComposite() {
        answerWith(JPEG);
        ImageInput input = ImageInput.of(Fixtures.greenPng());
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .input(input)
                .mask(ImageInput.of(TestPictures.mask(6, 5)))
                .build();
        try (ImageGenerator generator = openai().build()) {
            assertThat(XmpPacket.digitalSourceType(
                            generator.generate(request).image().bytes()))
                    .isEqualTo("compositeWithTrainedAlgorithmicMedia");
        }
    }

    @Test
    void aSignedPictureComesAsItIs() {
        byte[] signed = SignedPictures.jpeg(JPEG, 60_000);
        answerWith(signed);
        try (ImageGenerator generator = openai().build()) {
            GeneratedImage image = generator.generate(PROMPT).image();

            assertThat(image.bytes()).isEqualTo(signed);
            assertThat(image.contentCredentials().orElseThrow().claimGenerator())
                    .isEqualTo(SignedPictures.MAKER);
        }
    }

    @Test
    void markingCanBeSwitchedOff() {
        answerWith(JPEG);
        try (ImageGenerator generator = openai().mark(false).build()) {
            assertThat(generator.generate(PROMPT).image().bytes()).isEqualTo(JPEG);
        }
    }
}
