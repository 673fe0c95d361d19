package dev.triptych.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.AspectRatio;
import dev.triptych.Cost;
import dev.triptych.ErrorOrigin;
import dev.triptych.ImageInput;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.NegotiationMode;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.Parameter;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.media.ImageDecoder;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.ai.content.Media;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageMessage;
import org.springframework.ai.image.ImageOptions;
import org.springframework.ai.image.ImageOptionsBuilder;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeTypeUtils;

class TriptychImageModelTest {

    private static final byte[] FOX = TestPictures.png(8, 8, Color.RED);

    private final FaultyGenerator generator = FaultyGenerator.of(
            "studio",
            FaultyGenerator.standardCapabilities()
                    .operations(Operation.values())
                    .honours(Parameter.values())
                    .outputFormats(Set.of())
                    .maxInputs(4)
                    .build());
    private final TriptychImageModel model =
            TriptychImageModel.builder().generator(generator).build();

    @Test
    void givesThePictureAsBase64AndWhatIsKnownOfIt() {
        ImageResponse response = model.call(new ImagePrompt(
                "a fox", TriptychImageOptions.builder().n(2).seed(7L).build()));

        assertThat(response.getResults()).hasSize(2);
        ImageGeneration second = response.getResults().get(1);
        byte[] png = Base64.getDecoder().decode(second.getOutput().getB64Json());
        assertThat(second.getMetadata()).isInstanceOfSatisfying(TriptychImageGenerationMetadata.class, known -> {
            assertThat(known.seed()).hasValue(8);
            assertThat(known.mediaType()).isEqualTo("image/png");
            assertThat(known.width()).isEqualTo(ImageDecoder.decode(png).getWidth());
            assertThat(known.sha256()).isEqualTo(ImageInput.of(png).sha256());
        });
    }

    @Test
    void sendsEveryOption() {
        TriptychImageOptions options = TriptychImageOptions.builder()
                .n(2)
                .width(16)
                .height(24)
                .negativePrompt("blur")
                .seed(7L)
                .steps(3)
                .guidanceScale(2.5)
                .quality("high")
                .style("vivid")
                .background("opaque")
                .outputFormat("jpeg")
                .compression(80)
                .option("faulty.known", "on")
                .build();

        model.call(new ImagePrompt("a fox", options));

        assertThat(generator.requests())
                .containsExactly(ImageRequest.builder()
                        .prompt("a fox")
                        .count(2)
                        .size(16, 24)
                        .negativePrompt("blur")
                        .seed(7)
                        .steps(3)
                        .guidanceScale(2.5)
                        .quality("high")
                        .style("vivid")
                        .background("opaque")
                        .outputFormat("jpeg")
                        .compression(80)
                        .option("faulty.known", "on")
                        .build());
    }

    @Test
    void sendsAShapeAndAReference() {
        ImageReference earlier = new ImageReference("faulty", "17", Operation.VARIATION);

        model.call(new ImagePrompt(
                "a fox",
                TriptychImageOptions.builder()
                        .aspectRatio(new AspectRatio(3, 2))
                        .reference(earlier)
                        .build()));

        assertThat(generator.requests())
                .containsExactly(ImageRequest.builder()
                        .prompt("a fox")
                        .aspectRatio(new AspectRatio(3, 2))
                        .reference(earlier)
                        .build());
    }

    /** A field that a request learns must find its way into the options. */
    @Test
    void hasAnOptionForEveryFieldOfARequest() {
        Set<String> elsewhere = Set.of("prompt", "count", "size", "input", "inputs", "mask", "build");

        List<String> fields = Arrays.stream(ImageRequest.Builder.class.getDeclaredMethods())
                .filter(each -> Modifier.isPublic(each.getModifiers()))
                .map(Method::getName)
                .filter(name -> !elsewhere.contains(name))
                .distinct()
                .toList();

        assertThat(TriptychImageOptions.Builder.class.getDeclaredMethods())
                .extracting(Method::getName)
                .containsAll(fields);
    }

    @Test
    void laysACallsOptionsOverTheDefaults() {
        TriptychImageModel withDefaults = TriptychImageModel.builder()
                .generator(generator)
                .options(TriptychImageOptions.builder()
                        .seed(7L)
                        .steps(3)
                        .option("faulty.known", "on")
                        .build())
                .build();

        withDefaults.call(
                new ImagePrompt("a fox", TriptychImageOptions.builder().steps(5).build()));
        withDefaults.call(new ImagePrompt(
                "a fox", ImageOptionsBuilder.builder().width(16).height(16).build()));
        withDefaults.call(new ImagePrompt("a fox"));

        ImageRequest.Builder defaults =
                ImageRequest.builder().prompt("a fox").seed(7).steps(3).option("faulty.known", "on");
        assertThat(generator.requests())
                .containsExactly(
                        defaults.build().toBuilder().steps(5).build(),
                        defaults.build().toBuilder().size(16, 16).build(),
                        defaults.build());
    }

    @Test
    void takesNegativeWeightAsNegativePrompt() {
        ImageResponse response = model.call(new ImagePrompt(
                List.of(
                        new ImageMessage("a fox"),
                        new ImageMessage("snow", 1.5f),
                        new ImageMessage("blur", -1f),
                        new ImageMessage("noise", -0.5f),
                        new ImageMessage("hats", 0f)),
                TriptychImageOptions.builder().negativePrompt("text").build()));

        assertThat(generator.requests())
                .containsExactly(ImageRequest.builder()
                        .prompt("a fox, snow")
                        .negativePrompt("text, blur, noise")
                        .build());
        assertThat(response.getMetadata().<List<String>>get("warnings"))
                .containsExactly(
                        "a message's weight of 1.5 counts as 1",
                        "a message's weight of -0.5 counts as -1",
                        "a message of weight 0 was left out");
    }

    @Test
    void takesMediaAsInputPictures() {
        byte[] wolf = TestPictures.png(8, 8, Color.BLUE);

        model.call(new ImagePrompt(
                new ImageMessage("both", 1f, List.of(media(FOX, null), media(wolf, null)), Map.of()),
                TriptychImageOptions.builder().strength(0.5).build()));

        assertThat(generator.requests())
                .containsExactly(ImageRequest.builder()
                        .prompt("both")
                        .input(ImageInput.of(FOX))
                        .input(ImageInput.of(wolf))
                        .strength(0.5)
                        .build());
    }

    @Test
    void takesTheMaskByItsNameOrItsMessage() {
        byte[] white = TestPictures.mask(8, 8);
        ImageRequest wanted = ImageRequest.builder()
                .prompt("a wolf")
                .input(ImageInput.of(FOX))
                .mask(ImageInput.of(white))
                .build();

        model.call(new ImagePrompt(
                List.of(new ImageMessage("a wolf", 1f, List.of(media(FOX, null), media(white, "mask")), Map.of()))));
        model.call(new ImagePrompt(List.of(
                new ImageMessage("a wolf", 1f, List.of(media(FOX, null)), Map.of()),
                new ImageMessage("", 1f, List.of(media(white, null)), Map.of("mask", true)))));

        assertThat(generator.requests()).containsExactly(wanted, wanted);
    }

    @Test
    void readsATransparentMaskAsOpenAiDoes() {
        BufferedImage clear = new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB);

        model.call(new ImagePrompt(List.of(new ImageMessage(
                "a wolf", 1f, List.of(media(FOX, null), media(ImageDecoder.encodePng(clear), "mask")), Map.of()))));

        byte[] mask = generator.requests().get(0).mask().orElseThrow().bytes();
        assertThat(ImageDecoder.decode(mask).getRGB(3, 3)).isEqualTo(0xFFFFFFFF);
    }

    @Test
    void neverFetchesAnAddress() {
        Media address = new Media(MimeTypeUtils.IMAGE_PNG, URI.create("http://localhost/fox.png"));
        ImagePrompt prompt = new ImagePrompt(List.of(new ImageMessage("a wolf", 1f, List.of(address), Map.of())));

        assertThatThrownBy(() -> model.call(prompt))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("media must hold the picture's bytes but image/png holds an address, which is not fetched");
    }

    @Test
    void tellsInTheMetadataWhatSpringAiHasNoPlaceFor() {
        generator.costing(new Cost(new BigDecimal("0.04"), "USD", "test"));

        ImageResponse response = model.call(new ImagePrompt(
                "a fox",
                TriptychImageOptions.builder()
                        .seed(7L)
                        .model("another")
                        .responseFormat("url")
                        .build()));

        assertThat(response.getMetadata().getRawMap())
                .containsEntry("seeds", List.of(7L))
                .containsEntry("cost", new BigDecimal("0.04"))
                .containsEntry("currency", "USD")
                .containsEntry("cache", "BYPASS")
                .containsEntry("servedBy", "studio")
                .containsEntry(
                        "warnings",
                        List.of(
                                "model was \"another\" but this generator has tiny",
                                "responseFormat must be b64_json but was \"url\"; Base64 was given"));
        assertThat(response.getMetadata().getCreated()).isPositive();
        assertThat(response.getMetadata().getUsage().getTotalTokens()).isZero();
    }

    @Test
    void readsThePortableOptionsOfAnotherProvidersAndSaysSo() {
        ImageResponse response = model.call(new ImagePrompt("a fox", new ForeignOptions()));

        assertThat(generator.requests().get(0).style()).contains("vivid");
        assertThat(response.getMetadata().<List<String>>get("warnings"))
                .containsExactly("options should be TriptychImageOptions but were " + ForeignOptions.class.getName()
                        + ", of which only the portable ones were read");
    }

    @Test
    void isStrictWhereAsked() {
        TriptychImageOptions strict = TriptychImageOptions.builder()
                .responseFormat("url")
                .negotiation(NegotiationMode.STRICT)
                .build();

        assertThatThrownBy(() -> model.call(new ImagePrompt("a fox", strict)))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("responseFormat must be b64_json but was \"url\"; Base64 was given");
        assertThat(generator.calls()).isZero();
    }

    @Test
    void givesUpAfterTheTimeout() {
        generator.block();

        assertThatThrownBy(() -> model.call(new ImagePrompt(
                        "a fox",
                        TriptychImageOptions.builder()
                                .timeout(Duration.ofMillis(1))
                                .build())))
                .isInstanceOf(ProviderUnavailableException.class);
    }

    @Test
    void isObservedUnderSpringAisNames() {
        TestObservationRegistry observations = TestObservationRegistry.create();
        TriptychImageModel observed = TriptychImageModel.builder()
                .generator(generator)
                .observationRegistry(observations)
                .build();

        observed.call(new ImagePrompt(
                "a fox", TriptychImageOptions.builder().width(16).height(24).build()));

        TestObservationRegistryAssert.assertThat(observations)
                .hasObservationWithNameEqualTo("gen_ai.client.operation")
                .that()
                .hasContextualNameEqualTo("image tiny")
                .hasLowCardinalityKeyValue("gen_ai.operation.name", "image")
                .hasLowCardinalityKeyValue("gen_ai.system", "triptych-faulty")
                .hasLowCardinalityKeyValue("gen_ai.request.model", "tiny")
                .hasHighCardinalityKeyValue("gen_ai.request.image.size", "16x24")
                .hasBeenStarted()
                .hasBeenStopped();
    }

    @Test
    void tellsTheObservationOfAnError() {
        TestObservationRegistry observations = TestObservationRegistry.create();
        ProviderUnavailableException error =
                new ProviderUnavailableException("no route", ErrorOrigin.of("faulty", Outcome.NOT_SENT));
        generator.failAlways(error);
        TriptychImageModel observed = TriptychImageModel.builder()
                .generator(generator)
                .observationRegistry(observations)
                .build();

        assertThatThrownBy(() -> observed.call(new ImagePrompt("a fox"))).isSameAs(error);

        TestObservationRegistryAssert.assertThat(observations)
                .hasObservationWithNameEqualTo("gen_ai.client.operation")
                .that()
                .hasError(error);
    }

    @Test
    void needsAGenerator() {
        assertThatThrownBy(() -> TriptychImageModel.builder().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("generator must be set but was not; add"
                        + " .generator(GeneratorRegistry.load().defaultGenerator())");
    }

    private static Media media(byte[] bytes, @Nullable String name) {
        Media.Builder media = Media.builder().mimeType(MimeTypeUtils.IMAGE_PNG).data(new ByteArrayResource(bytes));
        return name == null ? media.build() : media.name(name).build();
    }

    /** As another provider's options are: only the portable ones mean something here. */
    private static final class ForeignOptions implements ImageOptions {
        @Override
        public @Nullable Integer getN() {
            return null;
        }

        @Override
        public @Nullable String getModel() {
            return null;
        }

        @Override
        public @Nullable Integer getWidth() {
            return null;
        }

        @Override
        public @Nullable Integer getHeight() {
            return null;
        }

        @Override
        public @Nullable String getResponseFormat() {
            return null;
        }

        @Override
        public String getStyle() {
            return "vivid";
        }
    }
}
