package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.triptych.CostClass;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.UnsupportedRequestException;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** LocalAI, LiteLLM, stable-diffusion.cpp: no key, other habits. */
class CompatibleProfileTest extends AgainstWireMock {

    private static OpenAiImageGenerator.Builder compatible() {
        return OpenAiImageGenerator.builder().profile("compatible").baseUrl(base() + "/v1/");
    }

    @Test
    void sendsNoKeyAndAsksForBase64() {
        answer("compatible/sd-server.json");

        ImageResult result = compatible().model("sd-1.5").build().generate(PROMPT);

        assertThat(sent().getUrl()).isEqualTo("/v1/images/generations");
        assertThat(sent().containsHeader("Authorization")).isFalse();
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"model": "sd-1.5", "prompt": "a red fox in the snow", "n": 1, "response_format": "b64_json"}"""));
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(Fixtures.picture("compatible/sd-server.json", 0)));
        assertThat(result.usage()).isEmpty();
    }

    @Test
    void sendsAKeyThatIsConfigured() {
        answer("compatible/sd-server.json");

        compatible().apiKey("lm-studio").build().generate(PROMPT);

        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer lm-studio");
    }

    @Test
    void namesNoModelWhereNoneIsConfigured() {
        answer("compatible/sd-server.json");
        OpenAiImageGenerator generator = compatible().build();

        ImageResult result = generator.generate(PROMPT);

        assertThat(sentJson().has("model")).isFalse();
        assertThat(generator.info().model()).isEqualTo("default");
        assertThat(result.warnings())
                .containsExactly(
                        GenerationWarning.notice("model", "no model is named, so every setting is passed on as it is"));
    }

    @Test
    void doesNotAskTheGptFamilyForBase64BehindAGateway() {
        answer("compatible/sd-server.json");

        compatible().model("gpt-image-2").build().generate(PROMPT);

        assertThat(sentJson().has("response_format")).isFalse();
    }

    @Test
    void passesOnWhatTheServerHasBeyondTheStandard() {
        answer("compatible/sd-server.json");
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .option("openai.extra.seed", "42")
                .option("openai.extra.mode", "txt2img")
                .build();

        compatible().model("sd").option("step", 15).build().generate(request);

        assertThat(sentJson().path("seed").isInt()).isTrue();
        assertThat(sentJson().path("mode").asText()).isEqualTo("txt2img");
        assertThat(sentJson().path("step").asInt()).isEqualTo(15);
    }

    @Test
    void fetchesLocalAisLinkFromThisMachineAndTakesZerosForSilence() {
        answer("compatible/localai.json");
        serve("/generated-images/b642.png", Fixtures.greenPng());

        ImageResult result = compatible().model("sd").build().generate(PROMPT);

        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(Fixtures.greenPng()));
        assertThat(result.usage()).isEmpty();
    }

    @Test
    void readsLiteLlmsNullBesideALinkAndItsOlderCounts() {
        answer("compatible/litellm.json");
        serve("/litellm/one.png", Fixtures.greenPng());

        ImageResult result = compatible().model("sd").build().generate(PROMPT);

        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(Fixtures.greenPng()));
        assertThat(result.image().revisedPrompt()).isEmpty();
        assertThat(result.usage().orElseThrow().inputTextTokens()).isEqualTo(OptionalLong.of(11));
        assertThat(result.usage().orElseThrow().outputTokens()).isEqualTo(OptionalLong.of(900));
    }

    @Test
    void readsADataUrl() {
        answer("compatible/data-url.json");

        assertThat(compatible().build().generate(PROMPT).image().bytes())
                .isEqualTo(Fixtures.marked(Fixtures.picture("compatible/sd-server.json", 0)));
    }

    @Test
    void readsBareAddresses() {
        answer(json(200, "{\"created\":1,\"data\":[\"" + base() + "/bare.png\"]}"));
        serve("/bare.png", Fixtures.greenPng());

        assertThat(compatible().build().generate(PROMPT).image().bytes())
                .isEqualTo(Fixtures.marked(Fixtures.greenPng()));
    }

    @Test
    void readsAnErrorWhoseCodeIsANumber() {
        answer(json(500, Fixtures.text("compatible/localai-error.json")));

        ImageGenerationException error = failure();

        assertThat(error)
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("compatible must answer with pictures but failed (status 500, code 500): could not load"
                        + " model: rpc error");
        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void readsAnErrorOfFastApi() {
        answer(json(422, Fixtures.text("compatible/fastapi-error.json")));

        assertThat(failure())
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("request must be one that compatible accepts but was refused (status 422): value is not a"
                        + " valid size");
    }

    @Test
    void isBilledUnlessSaidOtherwise() {
        assertThat(compatible().build().capabilities().costClass()).isEqualTo(CostClass.BILLED);
        assertThat(compatible().costClass(CostClass.FREE).build().capabilities().costClass())
                .isEqualTo(CostClass.FREE);
    }

    private static ImageGenerationException failure() {
        return catchThrowableOfType(
                ImageGenerationException.class, () -> compatible().build().generate(PROMPT));
    }
}
