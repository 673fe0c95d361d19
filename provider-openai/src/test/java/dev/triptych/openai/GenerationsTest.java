package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.triptych.Cost;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.NegotiationMode;
import dev.triptych.Operation;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.Usage;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Text to picture on OpenAI itself: what is sent, whole, and what becomes of the answer. */
class GenerationsTest extends AgainstWireMock {

    @Test
    void sendsNothingThatWasNotAskedFor() {
        answer("openai/generation.json");

        openai().build().generate(PROMPT);

        assertThat(sent().getUrl()).isEqualTo("/v1/images/generations");
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "gpt-image-2.6-flare", "prompt": "a red fox in the snow", "n": 1}"""));
    }

    @Test
    void sendsEachSettingUnderItsName() {
        answer("openai/generation-of-two.json");
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .count(2)
                .size(1536, 1024)
                .quality("xhigh")
                .background("opaque")
                .outputFormat("webp")
                .compression(80)
                .option("openai.moderation", "low")
                .option("openai.safety-identifier", "user-7")
                .option("openai.complexity", "high")
                .build();

        ImageResult result = openai().build().generate(request);

        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "gpt-image-2.6-flare", "prompt": "a red fox in the snow", "n": 2, "size": "1536x1024",
                 "quality": "xhigh", "background": "opaque", "output_format": "webp", "output_compression": 80,
                 "complexity": "high", "moderation": "low", "safety_identifier": "user-7"}"""));
        assertThat(result.warnings()).isEmpty();
        assertThat(result.images()).hasSize(2);
        assertThat(result.images().get(1).bytes())
                .isEqualTo(Fixtures.marked(Fixtures.picture("openai/generation-of-two.json", 1)));
    }

    @Test
    void sendsKeyOrganizationProjectAndOurRequestIdAsHeaders() {
        answer("openai/generation.json");
        GenerationContext context =
                GenerationContext.builder().requestId("request-17").build();

        openai().organization("org-1").project("proj_2").build().generate(ImageRequest.of(PROMPT), context);

        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer " + KEY);
        assertThat(sent().getHeader("OpenAI-Organization")).isEqualTo("org-1");
        assertThat(sent().getHeader("OpenAI-Project")).isEqualTo("proj_2");
        assertThat(sent().getHeader("X-Client-Request-Id")).isEqualTo("request-17");
        assertThat(sent().getHeader("Accept")).isEqualTo("application/json");
        assertThat(sent().getHeader("Content-Type")).isEqualTo("application/json");
        assertThat(sent().getHeader("User-Agent")).isEqualTo("triptych-openai/dev");
    }

    @Test
    void asksForTheKeyAtEachCall() {
        answer("openai/generation.json");
        List<String> keys = new ArrayList<>(List.of("first", "first", "first", "second", "second", "second"));
        OpenAiImageGenerator generator = openai().apiKey(() -> keys.remove(0)).build();

        generator.generate(PROMPT);
        String before = sent().getHeader("Authorization");
        server().resetRequests();
        generator.generate(PROMPT);

        assertThat(before).isEqualTo("Bearer first");
        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer second");
    }

    @Test
    void readsPictureUsageAndCost() {
        answer("openai/generation.json");

        ImageResult result = openai().model("gpt-image-2.6-sunburst").build().generate(PROMPT);

        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(Fixtures.picture("openai/generation.json", 0)));
        assertThat(result.image().mediaType()).isEqualTo("image/png");
        assertThat(result.image().width()).isEqualTo(4);
        assertThat(result.usage()).contains(new Usage(OptionalLong.of(13), OptionalLong.of(0), OptionalLong.of(1056)));
        assertThat(result.cost())
                .contains(new Cost(new BigDecimal("0.031745"), "USD", "OpenAI's price list of 2026-11-30"));
        assertThat(result.image().seed()).isEmpty();
    }

    @Test
    void knowsNoCostWhereThePriceIsNotKnown() {
        answer("openai/generation.json");

        assertThat(openai().model("gpt-image-2.5-flare")
                        .build()
                        .generate(PROMPT)
                        .cost())
                .isEmpty();
    }

    @Test
    void readsTheRevisedPromptOfDallE3AndAsksForBase64() {
        answer("openai/dall-e-3.json");
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .size(1792, 1024)
                .quality("hd")
                .style("vivid")
                .build();

        ImageResult result = openai().model("dall-e-3").build().generate(request);

        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "dall-e-3", "prompt": "a red fox in the snow", "n": 1, "size": "1792x1024", "quality": "hd",
                 "style": "vivid", "response_format": "b64_json"}"""));
        assertThat(result.image().revisedPrompt())
                .contains("A vivid, photographic red fox standing in fresh snow at dawn");
        assertThat(result.warnings())
                .containsExactly(
                        GenerationWarning.notice("model", "model dall-e-3 ends on 2026-05-12 (table of 2026-11-30)"));
    }

    @Test
    void fetchesLinksAtOnceWithoutTheKey() {
        answer("openai/dall-e-2-links.json");
        serve("/generated/first.png", Fixtures.picture("openai/generation-of-two.json", 0));
        serve("/generated/second.png", Fixtures.greenPng());
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .count(2)
                .option("openai.response-format", "url")
                .build();

        ImageResult result = openai().model("dall-e-2").build().generate(request);

        assertThat(sentJson().path("response_format").asText()).isEqualTo("url");
        assertThat(result.images()).hasSize(2);
        assertThat(result.images().get(1).bytes()).isEqualTo(Fixtures.marked(Fixtures.greenPng()));
        assertThat(server().getAllServeEvents().stream()
                        .map(event -> event.getRequest())
                        .filter(fetch -> fetch.getMethod().getName().equals("GET"))
                        .map(fetch -> fetch.getHeader("Authorization")))
                .hasSize(2)
                .containsOnlyNulls();
    }

    @Test
    void takesTheNearestSizeAndDropsUnknownWordsWithAWarningEach() {
        answer("openai/generation.json");
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .size(512, 512)
                .quality("hd")
                .style("vivid")
                .seed(7L)
                .steps(20)
                .negativePrompt("blur")
                .build();

        ImageResult result = openai().model("gpt-image-1.5").build().generate(request);

        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "gpt-image-1.5", "prompt": "a red fox in the snow", "n": 1, "size": "1024x1024"}"""));
        assertThat(result.warnings())
                .extracting(GenerationWarning::kind, GenerationWarning::field)
                .containsExactlyInAnyOrder(
                        tuple(GenerationWarning.Kind.ADAPTED, "size"),
                        tuple(GenerationWarning.Kind.IGNORED, "quality"),
                        tuple(GenerationWarning.Kind.IGNORED, "style"),
                        tuple(GenerationWarning.Kind.IGNORED, "seed"),
                        tuple(GenerationWarning.Kind.IGNORED, "steps"),
                        tuple(GenerationWarning.Kind.IGNORED, "negativePrompt"),
                        tuple(GenerationWarning.Kind.NOTICE, "model"));
    }

    @Test
    void passesEverythingOnForAModelOfTomorrowAndSaysSo() {
        answer("openai/generation.json");
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .size(500, 333)
                .quality("ultra")
                .style("cubist")
                .outputFormat("avif")
                .option("openai.extra.depth", "[1, 2]")
                .option("openai.extra.mood", "calm")
                .build();

        ImageResult result = openai().model("gpt-image-9").build().generate(request);

        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "gpt-image-9", "prompt": "a red fox in the snow", "n": 1, "size": "500x333", "quality": "ultra",
                 "style": "cubist", "output_format": "avif", "depth": [1, 2], "mood": "calm"}"""));
        assertThat(result.warnings())
                .containsExactly(GenerationWarning.notice(
                        "model",
                        "model gpt-image-9 is not in the table of 2026-11-30, so every setting is passed on as it is"));
    }

    @Test
    void sendsConfiguredFieldsAsTheyAreAndTakesAwayThoseSetToNull() {
        answer("openai/generation.json");

        openai().option("user", "studio-1")
                .option("n", null)
                .option("nested", List.of(1, "two"))
                .build()
                .generate(PROMPT);

        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "gpt-image-2.6-flare", "prompt": "a red fox in the snow", "user": "studio-1",
                 "nested": [1, "two"]}"""));
    }

    @Test
    void dropsCompressionOfPngAndTransparencyOfJpeg() {
        answer("openai/generation.json");
        OpenAiImageGenerator generator = openai().build();

        ImageResult png = generator.generate(
                ImageRequest.builder().prompt(PROMPT).compression(50).build());
        ImageResult jpeg = generator.generate(ImageRequest.builder()
                .prompt(PROMPT)
                .outputFormat("jpeg")
                .background("transparent")
                .build());

        assertThat(png.warnings())
                .containsExactly(GenerationWarning.ignored(
                        "compression", "compression needs outputFormat jpeg or webp but was png"));
        assertThat(jpeg.warnings())
                .containsExactly(GenerationWarning.ignored(
                        "background", "background transparent needs outputFormat png or webp but was jpeg"));
    }

    @Test
    void refusesTheSameWhenStrict() {
        GenerationContext strict =
                GenerationContext.builder().negotiation(NegotiationMode.STRICT).build();
        ImageRequest request =
                ImageRequest.builder().prompt(PROMPT).compression(50).build();

        assertThatThrownBy(() -> openai().build().generate(request, strict))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("compression needs outputFormat jpeg or webp but was png");
        assertThat(server().getAllServeEvents()).isEmpty();
    }

    @Test
    void refusesAnOptionOfTheWrongKindBeforeAnythingIsSent() {
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .option("openai.partial-images", "many")
                .build();

        assertThatThrownBy(() -> openai().build().generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("option openai.partial-images must be a whole number from 0 to 3 but was \"many\"");
        assertThat(server().getAllServeEvents()).isEmpty();
    }

    @Test
    void refusesAReferenceToAnEarlierPicture() {
        ImageRequest request = ImageRequest.builder()
                .reference(new ImageReference("openai", "img-1", Operation.VARIATION))
                .build();

        assertThatThrownBy(() -> openai().build().generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("reference must not be set, since openai keeps no pictures to refer to; give the picture"
                        + " as an input");
    }

    @Test
    void tellsThatItStartedAndNothingOfTheEnd() {
        answer("openai/generation.json");
        List<GenerationEvent> events = new ArrayList<>();
        OpenAiImageGenerator generator = openai().name("studio").build();

        generator.generate(
                ImageRequest.of(PROMPT),
                GenerationContext.builder().listener(events::add).build());

        assertThat(events).containsExactly(new GenerationEvent.Started(generator.info()));
        assertThat(generator.info().name()).isEqualTo("studio");
    }
}
