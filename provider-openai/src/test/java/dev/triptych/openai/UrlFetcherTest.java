package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.http.Fault;
import dev.triptych.GenerationContext;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.UnexpectedResponseException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.junit.jupiter.api.Test;

/** Pictures behind links: where they may lie, and what happens where they cannot be had. */
class UrlFetcherTest extends AgainstWireMock {

    /** A client for which {@code api.example.com} answers with a link to {@code url}; everything else is real. */
    private static OkHttpClient.Builder answeringWithALinkTo(String url) {
        String body = "{\"data\":[{\"url\":\"" + url + "\"}]}";
        return new OkHttpClient.Builder().addInterceptor(chain -> {
            if (!chain.request().url().host().equals("api.example.com")) {
                return chain.proceed(chain.request());
            }
            return new Response.Builder()
                    .request(chain.request())
                    .protocol(Protocol.HTTP_1_1)
                    .code(200)
                    .message("OK")
                    .body(ResponseBody.create(body.getBytes(StandardCharsets.UTF_8), MediaType.get("application/json")))
                    .build();
        });
    }

    private static OpenAiImageGenerator remote(String url) {
        return remote(answeringWithALinkTo(url).build());
    }

    private static OpenAiImageGenerator remote(OkHttpClient client) {
        return OpenAiImageGenerator.builder()
                .baseUrl("https://api.example.com/v1")
                .apiKey(KEY)
                .model("dall-e-3")
                .httpClient(client)
                .build();
    }

    private static ImageGenerationException failure(OpenAiImageGenerator generator) {
        return catchThrowableOfType(ImageGenerationException.class, () -> generator.generate(PROMPT));
    }

    private static OpenAiImageGenerator local() {
        return openai().model("dall-e-2").build();
    }

    @Test
    void refusesHttpWhereTheServerIsRemote() {
        ImageGenerationException error = failure(remote("http://1.1.1.1/picture.png"));

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("url of a picture must be https but was http");
        assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(error.isRetryable()).isFalse();
    }

    @Test
    void refusesAPrivateAddressGivenAsNumbers() {
        for (String host :
                List.of("10.0.0.1", "127.0.0.1:" + server().port(), "169.254.169.254", "[::1]", "2130706433")) {
            assertThat(failure(remote("https://" + host + "/latest/meta-data")))
                    .as(host)
                    .isInstanceOf(UnexpectedResponseException.class)
                    .hasMessage("url of a picture must lead to a public address but did not");
        }
    }

    @Test
    void refusesANameThatLeadsIntoThePrivateNetworkWhereItIsLookedUp() {
        List<String> lookedUp = Collections.synchronizedList(new ArrayList<>());
        OkHttpClient client = answeringWithALinkTo("https://rebinding.example.com/picture.png")
                .dns(host -> {
                    lookedUp.add(host);
                    return List.of(InetAddress.getByAddress(host, new byte[] {10, 0, 0, 1}));
                })
                .build();

        assertThat(failure(remote(client)))
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("url of a picture must lead to a public address but did not");
        assertThat(lookedUp)
                .as("one look-up: what is checked is what is connected to")
                .hasSize(1);
    }

    @Test
    void refusesWhatIsNoWebAddress() {
        for (String url : List.of("file:///etc/passwd", "ftp://1.1.1.1/a.png")) {
            assertThat(failure(remote(url)))
                    .as(url)
                    .hasMessage("url of a picture must be an http or https address but was not");
        }
    }

    @Test
    void refusesARedirectIntoThePrivateNetwork() {
        answer(json(200, "{\"data\":[{\"url\":\"" + base() + "/start.png\"}]}"));
        server().stubFor(get(anyUrl())
                .willReturn(aResponse()
                        .withStatus(302)
                        .withHeader("Location", "http://169.254.169.254/latest/meta-data/")));

        assertThat(failure(local()))
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("url of a picture must lead to a public address but did not");
    }

    @Test
    void followsARedirectThatIsAllowedAndCarriesNoKey() {
        answer(json(200, "{\"data\":[{\"url\":\"" + base() + "/start.png\"}]}"));
        server().stubFor(get(urlPathEqualTo("/start.png"))
                .willReturn(aResponse()
                        .withStatus(302)
                        .withHeader("Location", "/end.png")
                        .withHeader("Set-Cookie", "a=b")));
        serve("/end.png", Fixtures.greenPng());
        OkHttpClient careless = new OkHttpClient.Builder()
                .addInterceptor(chain -> chain.proceed(chain.request()
                        .newBuilder()
                        .header("Authorization", "Bearer " + KEY)
                        .build()))
                .build();

        ImageResult result =
                openai().model("dall-e-2").httpClient(careless).build().generate(PROMPT);

        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(Fixtures.greenPng()));
        assertThat(server().findAll(getRequestedFor(anyUrl())))
                .hasSize(2)
                .noneMatch(request -> request.containsHeader("Authorization") || request.containsHeader("Cookie"));
    }

    @Test
    void givesUpOnARingOfRedirects() {
        answer(json(200, "{\"data\":[{\"url\":\"" + base() + "/ring.png\"}]}"));
        server().stubFor(get(anyUrl()).willReturn(aResponse().withStatus(302).withHeader("Location", "/ring.png")));

        assertThat(failure(local())).hasMessage("picture must be found within 10 redirects but was not");
        assertThat(server().findAll(getRequestedFor(anyUrl()))).hasSize(11);
    }

    @Test
    void canFetchAgainWithoutPaintingAgain() {
        answer("openai/dall-e-2-links.json");
        server().stubFor(get(anyUrl()).willReturn(aResponse().withStatus(503)));
        ImageRequest two = ImageRequest.builder().prompt(PROMPT).count(2).build();
        ImageFetchException error = catchThrowableOfType(ImageFetchException.class, () -> local().generate(two));
        serve("/generated/first.png", Fixtures.greenPng());
        serve("/generated/second.png", Fixtures.greenPng());

        ImageResult result = error.fetchAgain(GenerationContext.create());

        assertThat(error)
                .hasMessage("picture must be fetched from where the answer says but could not: status must be 200 but"
                        + " was 503");
        assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(error.httpStatus()).hasValue(503);
        assertThat(result.images()).hasSize(2);
        sent();
    }

    @Test
    void keepsThePictureThatCameWhereAnotherDidNot() {
        answer("openai/dall-e-2-links.json");
        serve("/generated/first.png", Fixtures.greenPng());
        server().stubFor(get(urlPathEqualTo("/generated/second.png"))
                .willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));

        ImageResult result =
                local().generate(ImageRequest.builder().prompt(PROMPT).count(2).build());

        assertThat(result.images()).hasSize(1);
        assertThat(result.failures()).hasSize(1);
        assertThat(result.failures().get(0).index()).isEqualTo(1);
        assertThat(result.failures().get(0).error()).isInstanceOf(ImageFetchException.class);
        serve("/generated/second.png", Fixtures.greenPng());
        ImageResult missing =
                ((ImageFetchException) result.failures().get(0).error()).fetchAgain(GenerationContext.create());
        assertThat(missing.images()).hasSize(1);
    }

    @Test
    void tellsWhereThePicturesLieSoThatAPersonCanSaveThem() {
        answer("openai/dall-e-2-links.json");
        server().stubFor(get(anyUrl()).willReturn(aResponse().withStatus(503)));

        ImageFetchException error = catchThrowableOfType(
                ImageFetchException.class,
                () -> local().generate(
                                ImageRequest.builder().prompt(PROMPT).count(2).build()));

        assertThat(error.links())
                .hasSize(2)
                .allMatch(link -> link.toString().startsWith(base() + "/generated/"))
                .anyMatch(link -> link.toString().contains("sig"));
    }

    @Test
    void fetchesAgainWhatCameWithoutItsEnd() {
        answer("openai/dall-e-2-links.json");
        byte[] whole = Fixtures.greenPng();
        serve("/generated/first.png", Arrays.copyOf(whole, whole.length - 5));
        ImageFetchException error = catchThrowableOfType(ImageFetchException.class, () -> local().generate(PROMPT));
        serve("/generated/first.png", whole);

        ImageResult result = error.fetchAgain(GenerationContext.create());

        assertThat(error)
                .hasMessage("picture must be whole but its end is missing, after " + (whole.length - 5)
                        + " bytes of image/png 6x5");
        assertThat(error.getCause())
                .isNotNull()
                .cause()
                .isInstanceOfSatisfying(
                        UnexpectedResponseException.class,
                        cut -> assertThat(cut.remains()).isPresent());
        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(whole));
    }

    @Test
    void followsFiveRedirects() {
        answer(json(200, "{\"data\":[{\"url\":\"" + base() + "/hop/0\"}]}"));
        for (int i = 0; i < 5; i++) {
            server().stubFor(get(urlPathEqualTo("/hop/" + i))
                    .willReturn(aResponse().withStatus(302).withHeader("Location", "/hop/" + (i + 1))));
        }
        serve("/hop/5", Fixtures.greenPng());

        assertThat(local().generate(PROMPT).image().bytes()).isEqualTo(Fixtures.marked(Fixtures.greenPng()));
    }

    @Test
    void keepsTheSignatureOfALinkOutOfTheMessage() {
        answer("openai/dall-e-2-links.json");
        server().stubFor(get(anyUrl()).willReturn(aResponse().withStatus(403)));

        ImageGenerationException error = failure(local());

        assertThat(error.toString() + error.getCause()).doesNotContain("abc123").doesNotContain("sig");
    }

    @Test
    void refusesALinkedPictureLargerThanTheLimit() {
        answer("openai/dall-e-2-links.json");
        serve("/generated/first.png", new byte[5000]);
        serve("/generated/second.png", new byte[5000]);

        ImageGenerationException error =
                failure(openai().model("dall-e-2").maxImageBytes(4000).build());

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("picture must be at most 4000 bytes (max-image-bytes) but is larger");
    }

    @Test
    void keepsToTheTimeLimitWhereALinkDrips() {
        answer("openai/dall-e-2-links.json");
        server().stubFor(get(anyUrl())
                .willReturn(aResponse().withBody(Fixtures.greenPng()).withChunkedDribbleDelay(20, 20_000)));

        ImageGenerationException error = failure(
                openai().model("dall-e-2").timeout(Duration.ofMillis(400)).build());

        assertThat(error)
                .isInstanceOf(ImageFetchException.class)
                .hasMessage("picture must be fetched from where the answer says but could not: answer must come within"
                        + " 400 ms but did not");
    }
}
