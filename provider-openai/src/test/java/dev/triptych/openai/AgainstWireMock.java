package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Request;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;

/** A real HTTP server on this machine for one test after the other; started once. */
abstract class AgainstWireMock {

    static final String KEY = "sk-test-0123456789abcdef";
    static final String PROMPT = "a red fox in the snow";

    private static final WireMockServer SERVER =
            new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1"));

    @BeforeEach
    void startOrReset() {
        if (SERVER.isRunning()) {
            SERVER.resetAll();
        } else {
            SERVER.start();
        }
    }

    static WireMockServer server() {
        return SERVER;
    }

    static String base() {
        return "http://127.0.0.1:" + SERVER.port();
    }

    /** A builder for the profile {@code openai} that points at this server. */
    static OpenAiImageGenerator.Builder openai() {
        return OpenAiImageGenerator.builder().baseUrl(base() + "/v1").apiKey(KEY);
    }

    /** Answers each POST with a fixture. */
    static void answer(String fixture) {
        answer(json(200, Fixtures.text(fixture, base())));
    }

    static void answer(ResponseDefinitionBuilder answer) {
        SERVER.stubFor(post(anyUrl()).willReturn(answer));
    }

    static ResponseDefinitionBuilder json(int status, String body) {
        return aResponse()
                .withStatus(status)
                .withHeader("Content-Type", "application/json")
                .withHeader("x-request-id", "req_17")
                .withBody(body);
    }

    /** Serves {@code picture} at {@code path}. */
    static void serve(String path, byte[] picture) {
        SERVER.stubFor(get(urlPathEqualTo(path))
                .willReturn(aResponse().withHeader("Content-Type", "image/png").withBody(picture)));
    }

    /** Makes sure that neither the error nor what caused it shows the key, the prompt or a picture. */
    static <E extends Throwable> E discreet(E error) {
        StringWriter shown = new StringWriter();
        error.printStackTrace(new PrintWriter(shown));
        assertThat(shown.toString()).doesNotContain(KEY).doesNotContain(PROMPT).doesNotContain("iVBORw0K");
        return error;
    }

    /** The one POST that was sent. */
    static LoggedRequest sent() {
        List<LoggedRequest> all = SERVER.findAll(postRequestedFor(anyUrl()));
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    static JsonNode sentJson() {
        return Fixtures.json(sent().getBodyAsString());
    }

    /**
     * The parts of the one form that was sent, in order of their names: {@code name[; filename; type]=text or length}.
     */
    static List<String> sentForm() {
        return sent().getParts().stream()
                .map(AgainstWireMock::describe)
                .sorted(Comparator.naturalOrder())
                .toList();
    }

    private static String describe(Request.Part part) {
        String fileName = part.getFileName();
        if (fileName == null) {
            return part.getName() + "=" + new String(part.getBody().asBytes(), StandardCharsets.UTF_8);
        }
        return part.getName() + "; " + fileName + "; "
                + part.getHeader("Content-Type").firstValue();
    }

    static byte[] sentFile(String name) {
        return sent().getParts().stream()
                .filter(part -> part.getName().equals(name))
                .findFirst()
                .orElseThrow()
                .getBody()
                .asBytes();
    }
}
