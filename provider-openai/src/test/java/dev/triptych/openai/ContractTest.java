package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import dev.triptych.ImageGenerator;
import dev.triptych.testkit.ImageGeneratorContract;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

/** What every provider keeps, kept by each profile. */
class ContractTest {

    private static final String KEY = "sk-contract-0123456789";
    private static final WireMockServer SERVER =
            new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1"));
    private static final WireMockServer SILENT =
            new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1"));

    @BeforeAll
    static void start() {
        SERVER.start();
        SILENT.start();
        SERVER.stubFor(any(anyUrl()).willReturn(json("openai/generation.json")));
        SERVER.stubFor(post(anyUrl())
                .withRequestBody(matchingJsonPath("$[?(@.n == 2)]"))
                .willReturn(json("openai/generation-of-two.json")));
        SILENT.stubFor(any(anyUrl()).willReturn(json("openai/generation.json").withFixedDelay(90_000)));
    }

    private static ResponseDefinitionBuilder json(String fixture) {
        return aResponse().withHeader("Content-Type", "application/json").withBody(Fixtures.text(fixture));
    }

    @AfterAll
    static void stop() {
        SERVER.stop();
        SILENT.stop();
    }

    private abstract static class OfProfile extends ImageGeneratorContract {

        abstract OpenAiImageGenerator.Builder builder();

        @Override
        protected ImageGenerator createGenerator() {
            return builder().baseUrl("http://127.0.0.1:" + SERVER.port()).build();
        }

        @Override
        protected Optional<ImageGenerator> createHangingGenerator() {
            return Optional.of(
                    builder().baseUrl("http://127.0.0.1:" + SILENT.port()).build());
        }

        @Override
        protected Optional<String> whyCloseRuleIsMissing() {
            return Optional.of("closing ends the transport's threads under the calls that run");
        }

        @Override
        protected List<String> secrets() {
            return List.of(KEY);
        }
    }

    @Nested
    class OpenAi extends OfProfile {
        @Override
        OpenAiImageGenerator.Builder builder() {
            return OpenAiImageGenerator.builder().apiKey(KEY);
        }
    }

    @Nested
    class Azure extends OfProfile {
        @Override
        OpenAiImageGenerator.Builder builder() {
            return OpenAiImageGenerator.builder()
                    .profile("azure")
                    .model("gpt-image-2")
                    .apiKey(KEY);
        }
    }

    @Nested
    class Compatible extends OfProfile {
        @Override
        OpenAiImageGenerator.Builder builder() {
            return OpenAiImageGenerator.builder().profile("compatible").apiKey(KEY);
        }
    }

    @Nested
    class HuggingFace extends OfProfile {
        @Override
        OpenAiImageGenerator.Builder builder() {
            return OpenAiImageGenerator.builder()
                    .profile("huggingface")
                    .model("some/model")
                    .apiKey(KEY);
        }
    }

    @Nested
    class Stability extends OfProfile {
        @Override
        OpenAiImageGenerator.Builder builder() {
            return OpenAiImageGenerator.builder().profile("stability").apiKey(KEY);
        }

        /** Bytes, since that is what this server sends. */
        @Override
        protected ImageGenerator createGenerator() {
            SERVER.stubFor(post(anyUrl())
                    .withHeader("Accept", equalTo("image/*"))
                    .willReturn(
                            aResponse().withHeader("Content-Type", "image/png").withBody(Fixtures.greenPng())));
            return super.createGenerator();
        }
    }
}
