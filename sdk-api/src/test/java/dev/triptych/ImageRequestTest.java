package dev.triptych;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageRequestTest {

    private static final ImageInput INPUT = ImageInput.of(TestPictures.png(4, 4, Color.RED));

    @Test
    void saysWhatNoProviderCouldAccept() {
        assertRefused(request -> request.count(0), "count must be between 1 and 1000 but was 0");
        assertRefused(request -> request.count(1001), "count must be between 1 and 1000 but was 1001");
        assertRefused(request -> request.size(-1, 512), "width must be at least 1 but was -1");
        assertRefused(request -> request.size(512, 0), "height must be at least 1 but was 0");
        assertRefused(
                request -> request.size(512, 512).aspectRatio(new AspectRatio(1, 1)),
                "size and aspectRatio must not both be set");
        assertRefused(request -> request.steps(0), "steps must be at least 1 but was 0");
        assertRefused(
                request -> request.guidanceScale(-0.5), "guidanceScale must be a number of at least 0 but was -0.5");
        assertRefused(
                request -> request.guidanceScale(Double.NaN),
                "guidanceScale must be a number of at least 0 but was NaN");
        assertRefused(request -> request.strength(1.1), "strength must be between 0 and 1 but was 1.1");
        assertRefused(request -> request.compression(101), "compression must be between 0 and 100 but was 101");
        assertRefused(request -> request.mask(INPUT), "mask needs an input picture to paint on but there was none");
        assertRefused(
                request -> request.option("scheduler", "x"),
                "option must be PROVIDER.SETTING, such as local.scheduler, but was \"scheduler\"");
        assertRefused(
                request -> request.reference(new ImageReference("discord", "1", Operation.INPAINTING)),
                "reference operation must be VARIATION or UPSCALE but was INPAINTING");
    }

    private static void assertRefused(UnaryOperator<ImageRequest.Builder> change, String message) {
        assertThatThrownBy(
                        () -> change.apply(ImageRequest.builder().prompt("x")).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void knowsItsOperationByItsContent() {
        ImageRequest.Builder text = ImageRequest.builder().prompt("x");

        assertThat(text.build().operation()).isEqualTo(Operation.TEXT_TO_IMAGE);
        assertThat(text.input(INPUT).build().operation()).isEqualTo(Operation.IMAGE_TO_IMAGE);
        assertThat(text.mask(INPUT).build().operation()).isEqualTo(Operation.INPAINTING);
        assertThat(ImageRequest.builder().input(INPUT).build().operation()).isEqualTo(Operation.VARIATION);
        assertThat(text.reference(new ImageReference("discord", "1", Operation.UPSCALE))
                        .build()
                        .operation())
                .isEqualTo(Operation.UPSCALE);
    }

    @Test
    void isUnchangedByItsBuilderAndEqualToItsCopy() {
        ImageRequest.Builder builder = ImageRequest.builder().prompt("x").option("a.b", "1");
        ImageRequest request = builder.build();

        builder.prompt("y").option("a.c", "2").input(INPUT);

        assertThat(request.prompt()).isEqualTo("x");
        assertThat(request.options()).isEqualTo(Map.of("a.b", "1"));
        assertThat(request.inputs()).isEmpty();
        assertThat(request.toBuilder().build()).isEqualTo(request).hasSameHashCodeAs(request);
        assertThat(request.toBuilder().seed(1).build()).isNotEqualTo(request);
    }

    @Test
    void keepsPromptsOutOfItsToString() {
        ImageRequest request = ImageRequest.builder()
                .prompt("secret")
                .negativePrompt("hidden")
                .size(768, 512)
                .seed(42)
                .input(INPUT)
                .option("local.note", "private")
                .build();

        assertThat(request)
                .hasToString("ImageRequest[IMAGE_TO_IMAGE, prompt of 6 characters, negativePrompt of 6 characters, "
                        + "count=1, size=768x512, seed=42, inputs=1, options=[local.note]]");
    }

    @Test
    void readsSizesAndShapes() {
        assertThat(ImageSize.parse("768x512")).isEqualTo(new ImageSize(768, 512));
        assertThat(AspectRatio.parse("16:9")).isEqualTo(new AspectRatio(16, 9));
        for (String wrong : new String[] {"768", "x512", "768x", "768xx512", "axb", "99999999999x1"}) {
            assertThatThrownBy(() -> ImageSize.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("size must be WIDTHxHEIGHT, such as 768x512, but was \"" + wrong + "\"");
        }
        assertThatThrownBy(() -> AspectRatio.parse("16/9"))
                .hasMessage("aspect ratio must be WIDTH:HEIGHT, such as 16:9, but was \"16/9\"");
    }

    @Test
    void saysWhichInputCannotBeRead(@TempDir Path directory) throws IOException {
        Path missing = directory.resolve("missing.png");
        Path text = Files.writeString(directory.resolve("text.png"), "no picture");

        assertThatThrownBy(() -> ImageInput.of(missing))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("picture does not exist: " + missing);
        assertThatThrownBy(() -> ImageInput.of(text))
                .hasMessage("picture must be a PNG, JPEG, WebP, GIF or BMP but was not: " + text);
    }
}
