package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.AspectRatio;
import dev.triptych.Cost;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorSettings;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers of the images API that are rows of the table. */
class VendorsTest extends AgainstWireMock {

    private static final ImageInput PNG = ImageInput.of(Fixtures.greenPng());
    private static final String DATA_URL =
            "data:image/png;base64," + Base64.getEncoder().encodeToString(Fixtures.greenPng());

    private static OpenAiImageGenerator.Builder of(String profile) {
        return OpenAiImageGenerator.builder()
                .profile(profile)
                .baseUrl(base() + "/v1")
                .apiKey(KEY);
    }

    @Test
    void tellsXaiAShapeAndAnAreaAndKnowsWhatThatCosts() {
        answer("openai/generation.json");
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .size(2560, 1440)
                .quality("low")
                .build();

        ImageResult result = of("xai").build().generate(request);

        assertThat(sent().getUrl()).isEqualTo("/v1/images/generations");
        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer " + KEY);
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "grok-imagine-image-2.0", "prompt": "a red fox in the snow", "n": 1, "aspect_ratio": "16:9",
                 "quality": "low", "response_format": "b64_json", "resolution": "2k"}"""));
        assertThat(result.warnings())
                .containsExactly(GenerationWarning.adapted(
                        "size", "size must be a shape but was 2560x1440; 16:9 at 2k was taken"));
        assertThat(result.cost()).contains(new Cost(new BigDecimal("0.06"), "USD", "xAI's price list of 2026-11-30"));
    }

    @Test
    void givesXaiItsPicturesInJson() {
        answer("openai/edit.json");
        OpenAiImageGenerator generator = of("xai").build();

        generator.generate(ImageRequest.builder().prompt("blue").input(PNG).build());

        assertThat(sent().getUrl()).isEqualTo("/v1/images/edits");
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "grok-imagine-image-2.0", "prompt": "blue", "n": 1, "response_format": "b64_json",
                 "image": {"url": "%s", "type": "image_url"}}""".formatted(DATA_URL)));
        server().resetRequests();
        generator.generate(
                ImageRequest.builder().prompt("join").input(PNG).input(PNG).build());
        assertThat(sentJson().path("images")).hasSize(2);
        assertThat(sentJson().has("image")).isFalse();
    }

    @Test
    void givesArkItsPicturesInTheCallThatGenerates() {
        answer("openai/generation.json");
        ImageRequest request = ImageRequest.builder()
                .prompt("blue")
                .input(PNG)
                .input(PNG)
                .size(2048, 2048)
                .option("openai.extra.watermark", "false")
                .build();

        ImageResult result = of("ark").build().generate(request);

        assertThat(sent().getUrl()).isEqualTo("/v1/images/generations");
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "seedream-4-5-251128", "prompt": "blue", "n": 1, "size": "2048x2048",
                 "response_format": "b64_json", "watermark": false, "image": ["%s", "%s"]}""".formatted(DATA_URL, DATA_URL)));
        assertThat(result.cost()).isEmpty();
    }

    @Test
    void tellsRecraftASizeAndAStyle() {
        answer("openai/generation.json");
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .size(1365, 1024)
                .style("realistic_image")
                .count(2)
                .build();

        of("recraft").build().generate(request);

        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "recraftv3", "prompt": "a red fox in the snow", "n": 2, "size": "1365x1024",
                 "style": "realistic_image", "response_format": "b64_json"}"""));
    }

    @Test
    void tellsTogetherWidthHeightSeedAndSteps() {
        answer("openai/generation.json");
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .size(1024, 768)
                .seed(7L)
                .steps(4)
                .negativePrompt("blur")
                .build();

        ImageResult result =
                of("together").model("black-forest-labs/FLUX.1-schnell").build().generate(request);

        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "black-forest-labs/FLUX.1-schnell", "prompt": "a red fox in the snow", "n": 1, "width": 1024,
                 "height": 768, "seed": 7, "steps": 4, "negative_prompt": "blur"}"""));
        assertThat(result.image().seed()).hasValue(7);
        assertThat(result.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"fireworks", "deepinfra"})
    void speaksTheImagesApiToTheOthers(String profile) {
        answer("openai/generation.json");

        of(profile)
                .model("some/model")
                .build()
                .generate(ImageRequest.builder().prompt(PROMPT).size(512, 512).build());

        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "some/model", "prompt": "a red fox in the snow", "n": 1, "size": "512x512",
                 "response_format": "b64_json"}"""));
    }

    @Test
    void refusesAMaskThatAServerWouldNotSee() {
        ImageRequest request =
                ImageRequest.builder().prompt("a hat").input(PNG).mask(PNG).build();

        for (String profile : new String[] {"xai", "ark"}) {
            assertThatThrownBy(() -> of(profile).build().generate(request))
                    .isInstanceOf(UnsupportedRequestException.class)
                    .hasMessage("operation must be one of [IMAGE_TO_IMAGE, TEXT_TO_IMAGE] but was INPAINTING");
        }
    }

    @Test
    void takesAShapeAsItIs() {
        answer("openai/generation.json");

        ImageResult result = of("xai")
                .build()
                .generate(ImageRequest.builder()
                        .prompt(PROMPT)
                        .aspectRatio(new AspectRatio(3, 2))
                        .build());

        assertThat(sentJson().path("aspect_ratio").asText()).isEqualTo("3:2");
        assertThat(sentJson().has("resolution")).isFalse();
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void takesTheConfigurationsWordForWhatAModelCanDoAndCosts() {
        answer("openai/generation.json");
        Map<String, Object> settings = Map.of(
                "profile",
                "compatible",
                "base-url",
                base() + "/v1",
                "model",
                "house-model",
                "capabilities",
                Map.of(
                        "max-images",
                        "2",
                        "honours",
                        List.of("size", "seed"),
                        "ends",
                        "2027-01-31",
                        "price",
                        Map.of("per-image", "0.5")));

        ImageResult result = new OpenAiGeneratorFactory()
                .create(GeneratorSettings.of("house", settings))
                .generate(ImageRequest.builder().prompt(PROMPT).seed(3L).build());

        assertThat(sentJson().path("seed").asInt()).isEqualTo(3);
        assertThat(result.cost()).contains(new Cost(new BigDecimal("0.5"), "USD", "the configuration"));
        assertThat(result.warnings())
                .containsExactly(GenerationWarning.notice(
                        "model", "model house-model ends on 2027-01-31 (table of 2026-11-30)"));
    }

    @Test
    void namesAFieldOfTheConfigurationThatCannotBeRead() {
        assertThatThrownBy(() -> new OpenAiGeneratorFactory()
                        .create(GeneratorSettings.of("house", Map.of("capabilities", Map.of("ends", "soon")))))
                .isInstanceOf(ConfigException.class)
                .hasMessage("generators.house.capabilities.ends must be a day such as 2026-12-01 but was \"soon\"");
        assertThatThrownBy(() -> new OpenAiGeneratorFactory()
                        .create(GeneratorSettings.of("house", Map.of("capabilities", Map.of("size", "512x512")))))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("generators.house.capabilities.size is not known; known are sizes, ");
    }

    @Test
    void saysNothingOfOpenAisEndsAndPricesWhereSomebodyElseServesTheModel() {
        answer("openai/generation.json");

        ImageResult result = of("compatible").model("gpt-image-1").build().generate(PROMPT);

        assertThat(result.warnings()).isEmpty();
        assertThat(result.cost()).isEmpty();
    }
}
