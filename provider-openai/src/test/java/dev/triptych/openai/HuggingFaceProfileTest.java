package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Hugging Face's inference API: prompt in, bytes out. */
class HuggingFaceProfileTest extends AgainstWireMock {

    private static OpenAiImageGenerator.Builder huggingFace() {
        return OpenAiImageGenerator.builder()
                .profile("huggingface")
                .baseUrl(base() + "/hf-inference")
                .model("black-forest-labs/FLUX.1-dev")
                .apiKey("hf_secret");
    }

    @Test
    void postsPromptAndParametersToTheModel() {
        answer(aResponse().withHeader("Content-Type", "image/jpeg").withBody(Fixtures.greenPng()));
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .negativePrompt("blur")
                .size(768, 512)
                .seed(42)
                .steps(25)
                .guidanceScale(6.5)
                .option("huggingface.scheduler", "DDIM")
                .option("huggingface.extra.clip_skip", "2")
                .build();

        ImageResult result = huggingFace().build().generate(request);

        assertThat(sent().getUrl()).isEqualTo("/hf-inference/models/black-forest-labs/FLUX.1-dev");
        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer hf_secret");
        assertThat(sent().getHeader("Accept")).isEqualTo("image/*, application/json");
        assertThat(sent().containsHeader("x-wait-for-model")).isFalse();
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"inputs": "a red fox in the snow", "parameters": {"guidance_scale": 6.5, "negative_prompt": "blur",
                 "num_inference_steps": 25, "width": 768, "height": 512, "scheduler": "DDIM", "seed": 42,
                 "clip_skip": 2}}"""));
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(Fixtures.greenPng()));
        assertThat(result.image().mediaType()).as("sniffed, not believed").isEqualTo("image/png");
        assertThat(result.image().seed()).hasValue(42);
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void sendsNoParametersWhereNoneWereAskedFor() {
        answer(aResponse().withHeader("Content-Type", "image/png").withBody(Fixtures.greenPng()));

        huggingFace().build().generate(PROMPT);

        assertThat(sentJson()).isEqualTo(Fixtures.json("{\"inputs\": \"a red fox in the snow\"}"));
    }

    @Test
    void letsTheServerWaitForTheModelWhereAsked() {
        answer(aResponse().withHeader("Content-Type", "image/png").withBody(Fixtures.greenPng()));

        huggingFace()
                .build()
                .generate(ImageRequest.builder()
                        .prompt(PROMPT)
                        .option("huggingface.wait-for-model", "true")
                        .build());

        assertThat(sent().getHeader("x-wait-for-model")).isEqualTo("true");
    }

    @Test
    void saysHowLongAModelTakesToLoad() {
        answer(json(503, Fixtures.text("huggingface/loading.json")));

        ImageGenerationException error = failure();

        assertThat(error)
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("huggingface must be able to serve but is not for now (status 503): Model"
                        + " black-forest-labs/FLUX.1-dev is currently loading");
        assertThat(error.outcome()).isEqualTo(Outcome.REJECTED);
        assertThat(error.isRetryable()).isTrue();
        assertThat(error.retryAfter()).contains(Duration.ofMillis(44_490));
        assertThat(server().getAllServeEvents()).as("nothing is retried here").hasSize(1);
    }

    @Test
    void readsAnErrorThatIsATextAlone() {
        answer(json(400, Fixtures.text("huggingface/error.json")));

        assertThat(failure())
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("request must be one that huggingface accepts but was refused (status 400): height must be"
                        + " divisible by 8");
    }

    @Test
    void readsTheTwoJsonForms() {
        answer("huggingface/b64.json");
        byte[] encoded = huggingFace().build().generate(PROMPT).image().bytes();
        answer("huggingface/output.json");
        serve("/hf/one.png", Fixtures.greenPng());
        byte[] linked = huggingFace().build().generate(PROMPT).image().bytes();

        assertThat(encoded).isEqualTo(Fixtures.marked(Fixtures.picture("huggingface/b64.json", 0)));
        assertThat(linked).isEqualTo(Fixtures.marked(Fixtures.greenPng()));
    }

    @Test
    void refusesAPictureThatIsNone() {
        answer(aResponse().withHeader("Content-Type", "image/png"));

        assertThat(failure())
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessageStartingWith("picture must be of a known format but was not: ");
    }

    @Test
    void needsAModel() {
        assertThatThrownBy(() -> huggingFace().model("").build())
                .hasMessage("model must be set for profile huggingface but was not");
    }

    private static ImageGenerationException failure() {
        return catchThrowableOfType(
                ImageGenerationException.class, () -> huggingFace().build().generate(PROMPT));
    }
}
