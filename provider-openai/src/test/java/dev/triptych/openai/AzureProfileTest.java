package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.triptych.ContentRejectedException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.UnsupportedRequestException;
import org.junit.jupiter.api.Test;

/** Azure: addresses, credentials and what it lacks. */
class AzureProfileTest extends AgainstWireMock {

    private static OpenAiImageGenerator.Builder azure() {
        return OpenAiImageGenerator.builder().profile("azure").baseUrl(base()).apiKey(KEY);
    }

    @Test
    void namesTheDeploymentInTheAddressAndNoModelInTheBody() {
        answer("azure/generation.json");

        ImageResult result =
                azure().deployment("my dalle").model("dall-e-3").build().generate(PROMPT);

        assertThat(sent().getUrl())
                .isEqualTo("/openai/deployments/my%20dalle/images/generations?api-version=2025-04-01-preview");
        assertThat(sent().getHeader("api-key")).isEqualTo(KEY);
        assertThat(sent().containsHeader("Authorization")).isFalse();
        assertThat(sentJson()).isEqualTo(Fixtures.json("""
                {"prompt": "a red fox in the snow", "n": 1, "response_format": "b64_json"}"""));
        assertThat(result.image().revisedPrompt()).contains("A red fox in the snow");
        assertThat(result.cost()).isEmpty();
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void speaksTheNewerApiWithoutADeployment() {
        answer("azure/generation.json");

        azure().model("gpt-image-2").build().generate(PROMPT);

        assertThat(sent().getUrl()).isEqualTo("/openai/v1/images/generations?api-version=preview");
        assertThat(sentJson().path("model").asText()).isEqualTo("gpt-image-2");
    }

    @Test
    void sendsTheConfiguredVersionAndATokenInPlaceOfAKey() {
        answer("azure/generation.json");

        azure().deployment("d")
                .model("gpt-image-2")
                .apiVersion("2024-02-01")
                .bearerToken(() -> "entra-token")
                .build()
                .generate(PROMPT);

        assertThat(sent().getUrl()).isEqualTo("/openai/deployments/d/images/generations?api-version=2024-02-01");
        assertThat(sent().getHeader("Authorization")).isEqualTo("Bearer entra-token");
        assertThat(sent().containsHeader("api-key")).isFalse();
    }

    @Test
    void editsAtTheDeploymentsAddress() {
        answer("azure/generation.json");
        ImageRequest request = ImageRequest.builder()
                .prompt("blue")
                .input(ImageInput.of(Fixtures.greenPng()))
                .build();

        azure().deployment("d").model("gpt-image-1").build().generate(request);

        assertThat(sent().getUrl()).isEqualTo("/openai/deployments/d/images/edits?api-version=2025-04-01-preview");
        assertThat(sentForm()).containsExactly("image; image-1.png; image/png", "n=1", "prompt=blue");
    }

    @Test
    void writesNoWebp() {
        assertThat(azure().model("gpt-image-2").build().capabilities().outputFormats())
                .containsExactlyInAnyOrder("png", "jpeg");
    }

    @Test
    void readsTheRefusalOfItsFilterOutsideAndInside() {
        for (String fixture : new String[] {"azure/error-content-filter.json", "azure/error-inner.json"}) {
            answer(json(400, Fixtures.text(fixture)));

            assertThat(failure()).as(fixture).isInstanceOf(ContentRejectedException.class);
        }
        assertThat(failure())
                .hasMessage("prompt and inputs must pass azure's content policy but were refused (status 400, type"
                        + " invalid_request_error, code content_policy_violation, inner code"
                        + " ResponsibleAIPolicyViolation): Your request was rejected as a result of our safety"
                        + " system.");
    }

    @Test
    void saysThatADeploymentDoesNotExist() {
        answer(json(404, Fixtures.text("azure/error-deployment.json")).withHeader("apim-request-id", "apim-3"));

        assertThat(failure())
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("request must be one that azure accepts but was refused (status 404, code"
                        + " DeploymentNotFound): The API deployment for this resource does not exist.");
    }

    @Test
    void needsADeploymentOrAModel() {
        assertThatThrownBy(() -> azure().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("deployment (or model) must be set for profile azure but was not");
    }

    @Test
    void needsABaseUrl() {
        assertThatThrownBy(() -> azure().deployment("d").baseUrl("").build())
                .hasMessage("base-url must be set for profile azure but was not");
    }

    private static ImageGenerationException failure() {
        return catchThrowableOfType(
                ImageGenerationException.class,
                () -> azure().deployment("d").build().generate(PROMPT));
    }
}
