package dev.triptych.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.image.ImageModel;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.Response;
import dev.triptych.Capabilities;
import dev.triptych.ContentRejectedException;
import dev.triptych.Cost;
import dev.triptych.ErrorOrigin;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageSize;
import dev.triptych.NegotiationMode;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.media.ImageDecoder;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.math.BigDecimal;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TriptychImageModelTest {

    private static final Capabilities EDITS = FaultyGenerator.standardCapabilities()
            .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
            .honours(Parameter.STRENGTH)
            .maxInputs(1)
            .build();

    private final FaultyGenerator generator = FaultyGenerator.of("studio", EDITS);

    @Test
    void givesThePictureAsBase64WithItsType() {
        Response<Image> response = model().seed(7L).build().generate("a fox");

        byte[] png = Base64.getDecoder().decode(response.content().base64Data());
        assertThat(ImageDecoder.decode(png).getWidth()).isEqualTo(8);
        assertThat(response.content().mimeType()).isEqualTo("image/png");
        assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void sendsEverySettingOfTheBuilder() {
        model().width(16)
                .height(24)
                .seed(7L)
                .steps(3)
                .guidanceScale(2.5)
                .negativePrompt("blur")
                .options(Map.of("faulty.known", "on"))
                .request(request -> request.prompt("replaced by the call's own"))
                .build()
                .generate("a fox", 2);

        assertThat(generator.requests())
                .containsExactly(ImageRequest.builder()
                        .prompt("a fox")
                        .count(2)
                        .size(16, 24)
                        .seed(7)
                        .steps(3)
                        .guidanceScale(2.5)
                        .negativePrompt("blur")
                        .option("faulty.known", "on")
                        .build());
    }

    @Test
    void sendsTheOtherSettingsToo() {
        FaultyGenerator all = FaultyGenerator.of(
                "all",
                FaultyGenerator.standardCapabilities()
                        .honours(Parameter.values())
                        .outputFormats(java.util.Set.of())
                        .build());

        TriptychImageModel.builder()
                .generator(all)
                .quality("high")
                .style("vivid")
                .background("opaque")
                .outputFormat("jpeg")
                .compression(80)
                .build()
                .generate("a fox");

        assertThat(all.requests())
                .containsExactly(ImageRequest.builder()
                        .prompt("a fox")
                        .quality("high")
                        .style("vivid")
                        .background("opaque")
                        .outputFormat("jpeg")
                        .compression(80)
                        .build());
    }

    @Test
    void tellsInTheMetadataWhatLangChain4jHasNoPlaceFor() {
        generator.costing(new Cost(new BigDecimal("0.04"), "USD", "test"));

        Response<List<Image>> response =
                model().seed(7L).quality("high").build().generate("a fox", 2);

        assertThat(response.content()).hasSize(2);
        assertThat(response.metadata())
                .containsEntry("seeds", List.of(7L, 8L))
                .containsEntry("cost", new BigDecimal("0.04"))
                .containsEntry("currency", "USD")
                .containsEntry("warnings", List.of("quality has no effect here"))
                .containsEntry("cache", "BYPASS")
                .containsEntry("servedBy", "studio")
                .containsEntry("provider", "faulty")
                .containsEntry("model", "tiny")
                .containsEntry("attempts", 1)
                .containsEntry("provenance", List.of(Map.of(), Map.of()))
                .containsKey("requestId")
                .doesNotContainKey("failures");
    }

    @Test
    void tellsWhichPicturesAreMissing() {
        generator.failImage(
                1, new ContentRejectedException("picture was refused", ErrorOrigin.of("faulty", Outcome.REJECTED)));

        Response<List<Image>> response = model().build().generate("a fox", 3);

        assertThat(response.content()).hasSize(2);
        assertThat(response.metadata()).containsEntry("failures", List.of("picture 2: picture was refused"));
        assertThat(response.finishReason()).isEqualTo(FinishReason.CONTENT_FILTER);
    }

    @Test
    void editsAPicture() {
        byte[] fox = TestPictures.png(8, 8, Color.RED);

        model().strength(0.5).build().edit(image(fox), "a wolf");

        assertThat(generator.requests())
                .containsExactly(ImageRequest.builder()
                        .prompt("a wolf")
                        .input(ImageInput.of(fox))
                        .strength(0.5)
                        .build());
    }

    @Test
    void readsATransparentMaskAsOpenAiDoes() {
        BufferedImage mask = new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB);
        for (int y = 4; y < 8; y++) {
            for (int x = 0; x < 8; x++) {
                mask.setRGB(x, y, 0xFF000000);
            }
        }

        model().build().edit(image(TestPictures.png(8, 8, Color.RED)), image(ImageDecoder.encodePng(mask)), "a wolf");

        ImageRequest sent = generator.requests().get(0);
        assertThat(sent.operation()).isEqualTo(Operation.INPAINTING);
        BufferedImage white = ImageDecoder.decode(sent.mask().orElseThrow().bytes());
        assertThat(white.getRGB(0, 0)).isEqualTo(0xFFFFFFFF);
        assertThat(white.getRGB(0, 7)).isEqualTo(0xFF000000);
    }

    @Test
    void neverFetchesAnAddress() {
        ImageModel model = model().build();
        Image elsewhere =
                Image.builder().url(URI.create("http://localhost/fox.png")).build();

        assertThatThrownBy(() -> model.edit(elsewhere, "a wolf"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("image must hold Base64 data but holds an address, which is not fetched");
        assertThatThrownBy(() -> model.edit(
                        image(TestPictures.png(8, 8, Color.RED)),
                        Image.builder().build(),
                        "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("mask must hold Base64 data but holds nothing");
        assertThatThrownBy(() -> model.edit(Image.builder().base64Data("{").build(), "x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("image must hold Base64 data but it cannot be decoded");
    }

    @Test
    void saysThatAGeneratorCannotEdit() {
        ImageModel model = TriptychImageModel.builder()
                .generator(FaultyGenerator.named("text"))
                .build();

        assertThatThrownBy(() -> model.edit(image(TestPictures.png(8, 8, Color.RED)), "a wolf"))
                .isInstanceOf(UnsupportedFeatureException.class)
                .hasMessage("IMAGE_TO_IMAGE is not supported: operation must be one of [TEXT_TO_IMAGE] but was"
                        + " IMAGE_TO_IMAGE")
                .hasCauseInstanceOf(dev.triptych.UnsupportedRequestException.class);
    }

    @Test
    void isStrictWhereAsked() {
        ImageModel model =
                model().negotiation(NegotiationMode.STRICT).quality("high").build();

        assertThatThrownBy(() -> model.generate("a fox"))
                .isInstanceOf(dev.langchain4j.exception.InvalidRequestException.class)
                .hasMessage("quality has no effect here");
    }

    @Test
    void needsAGenerator() {
        assertThatThrownBy(() -> TriptychImageModel.builder().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("generator must be set but was not; add"
                        + " .generator(GeneratorRegistry.load().defaultGenerator())");
    }

    @Test
    void needsBothSidesOfASize() {
        assertThatThrownBy(() -> model().width(16).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("width and height must be set together but were 16 and null");
    }

    @Test
    void saysItsModelAndLeavesTheGeneratorOpen() {
        TriptychImageModel model = model().build();

        assertThat(model.modelName()).isEqualTo("tiny");
        model.generate("a fox");
        assertThat(generator.closeCount()).isZero();
        assertThat(generator.requests()).containsExactly(ImageRequest.of("a fox"));
        assertThat(generator.requests().get(0).size()).isEmpty();
        assertThat(EDITS.sizes().standard()).isEqualTo(ImageSize.square(8));
    }

    private TriptychImageModel.TriptychImageModelBuilder model() {
        return TriptychImageModel.builder().generator(generator);
    }

    private static Image image(byte[] bytes) {
        return Image.builder()
                .base64Data(Base64.getEncoder().encodeToString(bytes))
                .mimeType("image/png")
                .build();
    }
}
