package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.Outcome;
import dev.triptych.UnsupportedRequestException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields that we send unasked: a server that refuses one is asked once more without it. */
class OwnFieldsTest extends AgainstWireMock {

    private static OpenAiImageGenerator.Builder aliased() {
        return OpenAiImageGenerator.builder()
                .profile("compatible")
                .baseUrl(base() + "/v1")
                .model("pictures");
    }

    private static void refuse(String field, int status, String body) {
        answer("openai/generation.json");
        server().stubFor(post(anyUrl()).withRequestBody(containing(field)).willReturn(json(status, body)));
    }

    private static List<String> bodies() {
        return server().findAll(postRequestedFor(anyUrl())).stream()
                .map(request -> request.getBodyAsString())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\":{\"message\":\"Unknown parameter: 'response_format'.\",\"type\":\"invalid_request_error\","
                        + "\"param\":\"response_format\",\"code\":\"unknown_parameter\"}}",
                "{\"error\":{\"message\":\"litellm.BadRequestError: OpenAIException - Unknown parameter:"
                        + " 'response_format'.\",\"type\":null,\"param\":null,\"code\":\"400\"}}",
                "{\"detail\":[{\"type\":\"extra_forbidden\",\"msg\":\"response_format: extra inputs are not permitted\"}]}"
            })
    void areLeftOutWhereTheServerRefusesThemAndForEverAfter(String refusal) {
        refuse("response_format", refusal.contains("detail") ? 422 : 400, refusal);
        OpenAiImageGenerator generator = aliased().build();

        assertThat(generator.generate(PROMPT).images()).hasSize(1);
        assertThat(generator.generate(PROMPT).images()).hasSize(1);

        assertThat(bodies()).hasSize(3);
        assertThat(bodies().stream().filter(body -> body.contains("response_format")))
                .as("asked once")
                .hasSize(1);
    }

    @Test
    void areLeftOutOfAFormToo() {
        refuse("response_format", 400, "{\"error\":{\"message\":\"Unknown parameter: 'response_format'.\"}}");
        ImageRequest edit = ImageRequest.builder()
                .prompt(PROMPT)
                .input(ImageInput.of(Fixtures.greenPng()))
                .build();

        assertThat(aliased().build().generate(edit).images()).hasSize(1);

        assertThat(bodies()).hasSize(2);
        assertThat(bodies().get(1)).contains("name=\"model\"", "name=\"image\"").doesNotContain("response_format");
    }

    @Test
    void areLeftOutOneAfterTheOther() {
        refuse("\"n\"", 400, "{\"error\":{\"message\":\"additional property 'n' is not allowed\"}}");
        server().stubFor(post(anyUrl())
                .withRequestBody(containing("response_format"))
                .willReturn(json(400, "{\"error\":{\"param\":\"response_format\",\"message\":\"unknown\"}}")));

        assertThat(aliased().build().generate(PROMPT).images()).hasSize(1);

        assertThat(bodies()).hasSize(3);
        assertThat(Fixtures.json(bodies().get(2))).isEqualTo(Fixtures.json("""
                {"model": "pictures", "prompt": "a red fox in the snow"}"""));
    }

    @Test
    void areNotTriedWithoutWhereTheServerSaysSoStill() {
        answer(json(400, "{\"error\":{\"message\":\"response_format must not be null\"}}"));

        assertThatThrownBy(() -> aliased().build().generate(PROMPT))
                .isInstanceOfSatisfying(
                        UnsupportedRequestException.class,
                        error -> assertThat(error.outcome()).isEqualTo(Outcome.REJECTED));
        assertThat(bodies()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "quality, quality",
        "output_format, outputFormat",
        "safety_identifier, option openai.safety-identifier",
        "depth, option openai.extra.depth",
        "user, options.user of the configuration"
    })
    void areNamedWithTheirSettingWhereSomebodyAskedForThem(String field, String setting) {
        answer(json(400, "{\"error\":{\"message\":\"Unknown parameter: '" + field + "'.\"}}"));
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .quality("high")
                .outputFormat("png")
                .option("openai.safety-identifier", "u")
                .option("openai.extra.depth", "1")
                .build();

        assertThatThrownBy(() -> aliased().option("user", "u").build().generate(request))
                .hasMessage(
                        "request must be one that compatible accepts but was refused (status 400): Unknown parameter:"
                                + " '" + field + "'. (the field was sent for " + setting + ")");
        assertThat(bodies()).hasSize(1);
    }

    @Test
    void stayWhereTheCallerAskedForThem() {
        refuse("response_format", 400, "{\"error\":{\"message\":\"Unknown parameter: 'response_format'.\"}}");
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .option("openai.response-format", "url")
                .build();

        assertThatThrownBy(() -> aliased().build().generate(request))
                .hasMessageEndingWith("(the field was sent for option openai.response-format)");
        assertThat(bodies()).hasSize(1);
    }
}
