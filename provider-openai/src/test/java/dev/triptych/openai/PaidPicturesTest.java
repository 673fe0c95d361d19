package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.UnexpectedResponseException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A picture that is in the answer is delivered, whatever surrounds it: it is paid for. */
class PaidPicturesTest extends AgainstWireMock {

    private static final byte[] PICTURE = Fixtures.greenPng();
    private static final String B64 = Base64.getEncoder().encodeToString(PICTURE);
    private static final String GOOD = "{\"b64_json\":\"" + B64 + "\"}";
    private static final String JSON = "application/json";
    private static final String EVENTS = "text/event-stream";

    private static ImageResult generate(ResponseDefinitionBuilder answer) {
        answer(answer);
        return OpenAiImageGenerator.builder()
                .profile("compatible")
                .model("gpt-image-2")
                .baseUrl(base() + "/v1")
                .build()
                .generate(PROMPT);
    }

    private static ResponseDefinitionBuilder of(String type, String body) {
        return of(type, body.getBytes(StandardCharsets.UTF_8));
    }

    private static ResponseDefinitionBuilder of(String type, byte[] body) {
        return aResponse().withHeader("Content-Type", type).withBody(body);
    }

    private static String data(String item) {
        return "{\"created\":1,\"data\":[" + item + "]}";
    }

    static Stream<Arguments> answers() {
        return Stream.of(
                Arguments.of(
                        "a data URL in b64_json", JSON, data("{\"b64_json\":\"data:image/png;base64," + B64 + "\"}")),
                Arguments.of("an error that is no text", JSON, "{\"error\":\"\",\"data\":[" + GOOD + "]}"),
                Arguments.of("an error that is false", JSON, "{\"error\":false,\"data\":[" + GOOD + "]}"),
                Arguments.of("an error that is empty", JSON, "{\"data\":[" + GOOD + "],\"error\":{}}"),
                Arguments.of("NaN", JSON, "{\"score\":NaN,\"best\":-Infinity,\"data\":[" + GOOD + "]}"),
                Arguments.of("a comma too many", JSON, "{\"data\":[" + GOOD + ",],}"),
                Arguments.of("a tab within a text", JSON, "{\"note\":\"a\tb\",\"data\":[" + GOOD + "]}"),
                Arguments.of("JSON called text/html", "text/html; charset=utf-8", data(GOOD)),
                Arguments.of("JSON called octets", "application/octet-stream", data(GOOD)),
                Arguments.of("JSON called events", EVENTS, data(GOOD)),
                Arguments.of("data as one object", JSON, "{\"data\":" + GOOD + "}"),
                Arguments.of("a picture without data", JSON, GOOD),
                Arguments.of("a list without data", JSON, "[" + GOOD + "]"),
                Arguments.of("a result around it", JSON, "{\"result\":{\"data\":[" + GOOD + "]}}"),
                Arguments.of(
                        "a response around a result", JSON, "{\"response\":{\"result\":{\"images\":[" + GOOD + "]}}}"),
                Arguments.of("images of base64", JSON, "{\"images\":[\"" + B64 + "\"]}"),
                Arguments.of("bare base64 in data", JSON, "{\"data\":[\"" + B64 + "\"]}"),
                Arguments.of("b64 for b64_json", JSON, data("{\"b64\":\"" + B64 + "\"}")),
                Arguments.of("base64 for b64_json", JSON, "{\"artifacts\":[{\"base64\":\"" + B64 + "\",\"seed\":7}]}"),
                Arguments.of("image for b64_json", JSON, "{\"image\":\"" + B64 + "\"}"),
                Arguments.of(
                        "lines within base64",
                        JSON,
                        data("{\"b64_json\":\"" + B64.substring(0, 76) + "\\n" + B64.substring(76) + "\"}")),
                Arguments.of("spaces before it", JSON, " \n\n\n" + data(GOOD)),
                Arguments.of("a byte order mark", JSON, "\ufeff" + data(GOOD)),
                Arguments.of("base64 as the body", "text/plain", B64),
                Arguments.of("a data URL as the body", "text/plain", "data:image/png;base64," + B64),
                Arguments.of("an event of another kind", EVENTS, "data: " + data(GOOD) + "\n\n"),
                Arguments.of("events called plain text", "text/plain", "event: done\ndata: " + GOOD + "\n\n"),
                Arguments.of(
                        "an event called succeeded",
                        EVENTS,
                        "data: {\"type\":\"image_generation.partial_succeeded\",\"b64_json\":\"" + B64 + "\"}\n\n"
                                + "data: {\"type\":\"image_generation.completed\",\"usage\":{}}\n\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("answers")
    void isDeliveredWithoutAWord(String what, String type, String body) {
        ImageResult result = generate(of(type, body));

        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
        assertThat(result.warnings()).isEmpty();
        assertThat(result.failures()).isEmpty();
    }

    static Stream<Arguments> oddAnswers() {
        return Stream.of(
                Arguments.of(
                        JSON,
                        data("{\"revised_prompt\":[],\"b64_json\":\"" + B64 + "\"}"),
                        "revised_prompt of picture 1 must be a text but was a list; it was passed over"),
                Arguments.of(
                        JSON,
                        data("{\"url\":[\"a\"],\"b64_json\":\"" + B64 + "\"}"),
                        "url of picture 1 must be a text but was a list; it was passed over"),
                Arguments.of(
                        JSON,
                        data("{\"b64_json\":\"" + B64 + "\",\"seed\":18446744073709551615}"),
                        "seed of picture 1 must be a whole number of 63 bits but was not; it was passed over"),
                Arguments.of(
                        JSON,
                        data("{\"b64_json\":\"" + B64 + "\",\"seed\":[1]}"),
                        "seed of picture 1 must be a whole number but was a list; it was passed over"),
                Arguments.of(
                        JSON,
                        "{\"data\":[" + GOOD + "],\"error\":{\"message\":\"the log is full\"}}",
                        "beside the picture the answer holds an error: answer must hold pictures but held an error"
                                + " (status 200): the log is full"),
                Arguments.of(
                        JSON,
                        "{\"error\":\"something else\",\"data\":[" + GOOD + "]}",
                        "beside the picture the answer holds an error: answer must hold pictures but held an error"
                                + " (status 200): something else"),
                Arguments.of(
                        JSON,
                        "{\"data\":[" + GOOD + ", {\"b64_json\":\"iVBOR",
                        "the answer broke off or is malformed after picture 1; what came before that is kept"),
                Arguments.of(
                        JSON,
                        "{\"data\":[" + GOOD + "], oops",
                        "the answer broke off or is malformed after picture 1; what came before that is kept"),
                Arguments.of(
                        EVENTS,
                        "data: {\"type\":\"image_generation.completed\",\"b64_json\":\"" + B64 + "\"}\n\ndata: {\"ty",
                        "event 2 is malformed and was passed over"),
                Arguments.of(
                        EVENTS,
                        "data: {\"type\":\"image_generation.completed\",\"b64_json\":\"" + B64
                                + "\"}\n\ndata: {\"error\":{\"message\":\"too late\"}}\n\n",
                        "beside the picture the answer holds an error: answer must hold pictures but held an error"
                                + " (status 200): too late"));
    }

    @ParameterizedTest(name = "{2}")
    @MethodSource("oddAnswers")
    void isDeliveredWithAWarningOfWhatWasWrong(String type, String body, String warning) {
        ImageResult result = generate(of(type, body));

        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
        assertThat(result.warnings()).containsExactly(GenerationWarning.notice("answer", warning));
    }

    @Test
    void isDeliveredWithWhateverSuccessTheStatusSpeaksOf() {
        for (int status : new int[] {200, 201, 202, 203, 206}) {
            assertThat(generate(json(status, data(GOOD))).image().bytes())
                    .as("status " + status)
                    .isEqualTo(Fixtures.marked(PICTURE));
        }
    }

    @Test
    void isDeliveredAsItself() {
        assertThat(generate(of("image/png", PICTURE)).image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
        assertThat(generate(of("application/json", PICTURE)).image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
        assertThat(generate(aResponse().withBody(PICTURE)).image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
    }

    @Test
    void isDeliveredInEveryEncoding() {
        String body = data("{\"revised_prompt\":\"gr\u00fcn\",\"b64_json\":\"" + B64 + "\"}");
        for (String name : List.of("UTF-8", "ISO-8859-1", "windows-1252", "UTF-16", "UTF-16LE", "UTF-16BE")) {
            ImageResult result = generate(of(JSON + "; charset=" + name, body.getBytes(Charset.forName(name))));

            assertThat(result.image().bytes()).as(name).isEqualTo(Fixtures.marked(PICTURE));
            assertThat(result.image().revisedPrompt()).as(name).contains("gr\u00fcn");
        }
    }

    @Test
    void isDeliveredThoughAByteIsNoUtf8() {
        byte[] body = data("{\"revised_prompt\":\"gr\u00fcn\",\"b64_json\":\"" + B64 + "\"}")
                .getBytes(StandardCharsets.ISO_8859_1);

        ImageResult result = generate(of(JSON, body));

        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
        assertThat(result.image().revisedPrompt()).contains("gr\ufffdn");
    }

    @Test
    void keepsASeedThatIsWrittenAsAText() {
        ImageResult result =
                generate(json(200, data("{\"b64_json\":\"" + B64 + "\",\"seed\":\"9223372036854775807\"}")));

        assertThat(result.image().seed()).hasValue(Long.MAX_VALUE);
        assertThat(result.warnings()).isEmpty();
    }

    @Test
    void isFetchedFromALinkWhereverItStands() {
        serve("/made.png", PICTURE);
        serve("/v1/made.png", PICTURE);
        String link = base() + "/made.png";
        for (String body : List.of(
                data("{\"url\":\"" + link + "\"}"),
                data("{\"url\":\"/made.png\"}"),
                data("{\"url\":\"made.png\"}"),
                data("{\"image_url\":{\"url\":\"" + link + "\"}}"),
                "{\"output\":\"" + link + "\"}",
                "{\"images\":[{\"url\":\"" + link + "\",\"width\":6}]}",
                "data: {\"type\":\"image_generation.completed\",\"url\":\"" + link + "\"}\n\n",
                link)) {
            assertThat(generate(of(body.startsWith("data:") ? EVENTS : JSON, body))
                            .image()
                            .bytes())
                    .as(body)
                    .isEqualTo(Fixtures.marked(PICTURE));
        }
    }

    @Test
    void isDeliveredBesideOneThatIsBroken() {
        answer(json(200, data("{\"b64_json\":\"iVBORw0K*GgoAAAA\"}," + GOOD)));

        ImageResult result = openai().build()
                .generate(ImageRequest.builder().prompt(PROMPT).count(2).build());

        assertThat(result.image().bytes()).isEqualTo(Fixtures.marked(PICTURE));
        assertThat(result.failures()).hasSize(1);
        assertThat(result.failures().get(0).index()).isZero();
        assertThat(result.failures().get(0).error()).hasMessage("picture must be base64 but was malformed");
    }

    @Test
    void isNotMistakenForOneThatWasMadeUnrecognisable() {
        answer(json(200, "{\"artifacts\":[{\"base64\":\"" + B64 + "\",\"finishReason\":\"CONTENT_FILTERED\"}]}"));

        assertThat(failure(openai()))
                .hasMessage("prompt and picture must pass openai's content policy but were refused (CONTENT_FILTERED)");
    }

    @Test
    void isAFailureThatKeepsItsBytesWhereItsEndIsMissing() {
        byte[] half = Arrays.copyOf(PICTURE, PICTURE.length - 20);
        answer(json(200, data("{\"b64_json\":\"" + Base64.getEncoder().encodeToString(half) + "\"}")));

        UnexpectedResponseException error = (UnexpectedResponseException) failure(openai());

        assertThat(error)
                .hasMessage("picture must be whole but its end is missing, after " + half.length
                        + " bytes of image/png 6x5");
        assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(error.remains()).hasValueSatisfying(rest -> assertThat(rest).isEqualTo(half));
    }

    @Test
    void isAFailureThatKeepsItsBytesWhereTheAnswerBreaksOffWithinIt() {
        byte[] large = new byte[100_000];
        System.arraycopy(PICTURE, 0, large, 0, PICTURE.length);
        answer(json(200, "{\"data\":[{\"b64_json\":\"" + Base64.getEncoder().encodeToString(large)));

        UnexpectedResponseException error = (UnexpectedResponseException) failure(openai());

        assertThat(error).hasMessage("answer must be a whole JSON object but broke off or is malformed");
        assertThat(error.remains().orElseThrow()).hasSizeGreaterThan(80_000).startsWith(PICTURE);
    }

    @Test
    void isNotSearchedForInAnOrderThatWasMerelyTaken() {
        answer(json(202, "{\"id\":\"job-1\",\"status\":\"queued\"}"));

        ImageGenerationException error = failure(openai());

        assertThat(error).hasMessage("answer must hold at least one picture but held none");
        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void isMissingForTheReasonThatTheServerGives() {
        for (String body : List.of(
                "{\"msg\":\"no more pictures today\"}",
                "{\"message\":\"no more pictures today\",\"data\":null}",
                "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"no more pictures today\"}]}",
                "{\"error\":[{\"message\":\"no more pictures today\"}]}",
                "{\"errors\":[\"no more pictures today\"]}",
                "{\"error\":\"no more pictures today\"}")) {
            answer(json(200, body));

            assertThat(failure(openai()))
                    .as(body)
                    .hasMessage("answer must hold pictures but held an error (status 200): no more pictures today");
        }
    }

    private static ImageGenerationException failure(OpenAiImageGenerator.Builder builder) {
        return discreet(catchThrowableOfType(
                ImageGenerationException.class, () -> builder.build().generate(PROMPT)));
    }
}
