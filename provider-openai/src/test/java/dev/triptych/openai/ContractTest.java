package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.MappingBuilder;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import dev.triptych.CostClass;
import dev.triptych.ImageGenerator;
import dev.triptych.testkit.ImageGeneratorContract;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** What every provider keeps, kept by each profile. */
class ContractTest {

    private static final String KEY = "sk-contract-0123456789";
    private static final WireMockServer SERVER =
            new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1"));
    /** Calls that hang still hang when it stops: it waits for none of them. */
    private static final WireMockServer SILENT =
            new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1").jettyStopTimeout(1L));

    @TempDir
    private static Path jobs;

    @BeforeAll
    static void start() {
        SERVER.start();
        SILENT.start();
        SERVER.stubFor(any(anyUrl()).willReturn(json("openai/generation.json")));
        SERVER.stubFor(post(anyUrl())
                .withRequestBody(matchingJsonPath("$[?(@.n == 2)]"))
                .willReturn(json("openai/generation-of-two.json")));
        SILENT.stubFor(any(anyUrl()).willReturn(json("openai/generation.json").withFixedDelay(90_000)));
        SILENT.stubFor(get(anyUrl()).willReturn(aResponse().withStatus(404))); // it describes no models, at once
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
            return prepared(builder())
                    .baseUrl("http://127.0.0.1:" + SERVER.port())
                    .build();
        }

        @Override
        protected Optional<ImageGenerator> createHangingGenerator() {
            return Optional.of(
                    builder().baseUrl("http://127.0.0.1:" + SILENT.port()).build());
        }

        @Override
        protected Optional<HeldGenerator> createHeldGenerator() {
            Semaphore arrived = new Semaphore(0);
            CountDownLatch goOn = new CountDownLatch(1);
            OkHttpClient held = new OkHttpClient.Builder()
                    .addNetworkInterceptor(chain -> {
                        Response answer = chain.proceed(chain.request());
                        if (chain.request().method().equals("POST")) {
                            arrived.release();
                            await(goOn);
                        }
                        return answer;
                    })
                    .build();
            ImageGenerator generator = prepared(builder())
                    .baseUrl("http://127.0.0.1:" + SERVER.port())
                    .httpClient(held)
                    .build();
            return Optional.of(new HeldGenerator(generator, arrived::acquire, goOn::countDown));
        }

        private static void await(CountDownLatch latch) throws InterruptedIOException {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        }

        /** {@code builder}, once the server knows what to answer. */
        OpenAiImageGenerator.Builder prepared(OpenAiImageGenerator.Builder builder) {
            return builder;
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
        OpenAiImageGenerator.Builder prepared(OpenAiImageGenerator.Builder builder) {
            SERVER.stubFor(post(anyUrl())
                    .withHeader("Accept", equalTo("image/*"))
                    .willReturn(
                            aResponse().withHeader("Content-Type", "image/png").withBody(Fixtures.greenPng())));
            return builder;
        }
    }

    @Nested
    class Gemini extends OfProfile {
        @Override
        OpenAiImageGenerator.Builder builder() {
            return OpenAiImageGenerator.builder().profile("gemini").apiKey(KEY);
        }

        @Override
        OpenAiImageGenerator.Builder prepared(OpenAiImageGenerator.Builder builder) {
            SERVER.stubFor(post(urlPathMatching(".*:generateContent"))
                    .willReturn(aResponse()
                            .withHeader("Content-Type", "application/json")
                            .withBody("{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"data\":\""
                                    + Base64.getEncoder().encodeToString(Fixtures.greenPng()) + "\"}}]}}]}")));
            return builder;
        }
    }

    @Nested
    class OpenRouter extends OfProfile {
        @Override
        OpenAiImageGenerator.Builder builder() {
            return OpenAiImageGenerator.builder()
                    .profile("openrouter")
                    .model("some/model")
                    .apiKey(KEY);
        }
    }

    @Nested
    class Xai extends OfProfile {
        @Override
        OpenAiImageGenerator.Builder builder() {
            return OpenAiImageGenerator.builder().profile("xai").apiKey(KEY);
        }
    }

    @Nested
    class A1111 extends OfProfile {
        @Override
        OpenAiImageGenerator.Builder builder() {
            return OpenAiImageGenerator.builder().profile("a1111").costClass(CostClass.FREE);
        }

        @Override
        OpenAiImageGenerator.Builder prepared(OpenAiImageGenerator.Builder builder) {
            String one = "\"" + Base64.getEncoder().encodeToString(Fixtures.greenPng()) + "\"";
            stub("$[?(@.n_iter == 1)]", "{\"images\": [" + one + "], \"info\": \"\"}");
            stub("$[?(@.n_iter == 2)]", "{\"images\": [" + one + "," + one + "], \"info\": \"\"}");
            return builder;
        }

        private static void stub(String path, String body) {
            SERVER.stubFor(post(urlPathMatching("/sdapi/v1/.*"))
                    .withRequestBody(matchingJsonPath(path))
                    .willReturn(aResponse()
                            .withHeader("Content-Type", "application/json")
                            .withBody(body)));
        }
    }

    /** The servers that take jobs: submitting is held and silent, asking is answered at once. */
    private abstract static class OfJobs extends OfProfile {

        private final String profile;

        OfJobs(String profile) {
            this.profile = profile;
        }

        @Override
        OpenAiImageGenerator.Builder builder() {
            return OpenAiImageGenerator.builder()
                    .profile(profile)
                    .apiKey(KEY)
                    .jobs(jobs)
                    .sleeper((time, cancellation) -> {});
        }

        @Override
        OpenAiImageGenerator.Builder prepared(OpenAiImageGenerator.Builder builder) {
            SERVER.stubFor(get(urlPathMatching("/made.*"))
                    .willReturn(
                            aResponse().withHeader("Content-Type", "image/png").withBody(Fixtures.greenPng())));
            prepare();
            return builder;
        }

        abstract void prepare();

        static String made(String name) {
            return "http://127.0.0.1:" + SERVER.port() + "/made" + name + ".png";
        }

        static void answer(MappingBuilder call, String body) {
            SERVER.stubFor(call.willReturn(
                    aResponse().withHeader("Content-Type", "application/json").withBody(body)));
        }
    }

    @Nested
    class Bfl extends OfJobs {
        Bfl() {
            super("bfl");
        }

        @Override
        void prepare() {
            answer(post(urlPathMatching("/v1/flux.*")), "{\"id\": \"1\"}");
            answer(
                    get(urlPathMatching("/v1/get_result")),
                    "{\"status\": \"Ready\", \"result\": {\"sample\": \"" + made("") + "\"}}");
        }
    }

    @Nested
    class Fal extends OfJobs {
        Fal() {
            super("fal");
        }

        @Override
        void prepare() {
            answer(post(urlPathMatching("/fal-ai/.*")), "{\"request_id\": \"one\"}");
            answer(
                    post(urlPathMatching("/fal-ai/.*")).withRequestBody(matchingJsonPath("$[?(@.num_images == 2)]")),
                    "{\"request_id\": \"two\"}");
            answer(get(urlPathMatching("/fal-ai/flux/requests/.*/status")), "{\"status\": \"COMPLETED\"}");
            answer(
                    get(urlPathMatching("/fal-ai/flux/requests/one")),
                    "{\"images\": [{\"url\": \"" + made("") + "\"}]}");
            answer(
                    get(urlPathMatching("/fal-ai/flux/requests/two")),
                    "{\"images\": [{\"url\": \"" + made("1") + "\"}, {\"url\": \"" + made("2") + "\"}]}");
        }
    }

    @Nested
    class Replicate extends OfJobs {
        Replicate() {
            super("replicate");
        }

        @Override
        void prepare() {
            answer(post(urlPathMatching("/models/.*/predictions")), "{\"id\": \"one\"}");
            answer(
                    post(urlPathMatching("/models/.*/predictions"))
                            .withRequestBody(matchingJsonPath("$[?(@.input.num_outputs == 2)]")),
                    "{\"id\": \"two\"}");
            answer(
                    get(urlPathMatching("/predictions/one")),
                    "{\"status\": \"succeeded\", \"output\": [\"" + made("") + "\"]}");
            answer(
                    get(urlPathMatching("/predictions/two")),
                    "{\"status\": \"succeeded\", \"output\": [\"" + made("1") + "\", \"" + made("2") + "\"]}");
        }
    }

    @Nested
    class ComfyUi extends OfJobs {
        ComfyUi() {
            super("comfyui");
        }

        @Override
        OpenAiImageGenerator.Builder builder() {
            try {
                Path workflow = Files.writeString(jobs.resolve("workflow.json"), Fixtures.text("comfyui/text.json"));
                return super.builder().costClass(CostClass.FREE).workflow(workflow, Map.of());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        void prepare() {
            SERVER.stubFor(get(urlPathMatching("/view"))
                    .willReturn(
                            aResponse().withHeader("Content-Type", "image/png").withBody(Fixtures.greenPng())));
            answer(post(urlPathMatching("/prompt")), "{\"prompt_id\": \"1\"}");
            answer(
                    get(urlPathMatching("/history/1")),
                    "{\"1\": {\"outputs\": {\"9\": {\"images\": [{\"filename\": \"a.png\", \"type\": \"output\"}]}},"
                            + " \"status\": {\"status_str\": \"success\", \"completed\": true}}}");
        }
    }
}
