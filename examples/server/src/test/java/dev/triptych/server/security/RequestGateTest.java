package dev.triptych.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.server.ServerSettings;
import dev.triptych.server.TestServer;
import dev.triptych.testkit.FaultyGenerator;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RequestGateTest {

    private static final String TOKEN = "correct horse battery staple";

    @TempDir
    private Path folder;

    @Test
    void onlyOurOwnNamesAreAnswered() throws Exception {
        try (TestServer server = TestServer.with(folder, FaultyGenerator.named("offline"))) {
            assertThat(status(server, "GET /health HTTP/1.1", "Host: localhost:1234"))
                    .isEqualTo(200);
            assertThat(status(server, "GET /health HTTP/1.1", "Host: 127.0.0.1"))
                    .isEqualTo(200);
            assertThat(status(server, "GET /health HTTP/1.1", "Host: [::1]:7860"))
                    .isEqualTo(200);
            assertThat(status(server, "GET /health HTTP/1.1", "Host: evil.example"))
                    .isEqualTo(403);
            assertThat(status(server, "GET /health HTTP/1.1", "Host: :7860")).isIn(400, 403);
            assertThat(status(server, "GET /health HTTP/1.0")).isEqualTo(403);
            assertThat(status(server, "GET /health HTTP/1.1", "Host: localhost.evil.example"))
                    .isEqualTo(403);
        }
    }

    @Test
    void pagesOfOtherSitesAreRefused() throws Exception {
        try (TestServer server = TestServer.with(folder, FaultyGenerator.named("offline"))) {
            String own = "http://localhost:" + server.port();
            String host = "Host: localhost:" + server.port();
            assertThat(status(server, "GET /api/jobs HTTP/1.1", host, "Origin: " + own))
                    .isEqualTo(200);
            assertThat(status(server, "GET /api/jobs HTTP/1.1", host, "Origin: http://evil.example"))
                    .isEqualTo(403);
            assertThat(status(server, "GET /api/jobs HTTP/1.1", host, "Origin: null"))
                    .isEqualTo(403);
            assertThat(status(server, "GET /api/jobs HTTP/1.1", host, "Origin: http://localhost:1"))
                    .isEqualTo(403);
            assertThat(status(server, "GET /api/jobs HTTP/1.1", host, "Sec-Fetch-Site: cross-site"))
                    .isEqualTo(403);
            assertThat(status(server, "GET / HTTP/1.1", host, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Dest: document"))
                    .isEqualTo(200);
            assertThat(status(server, "POST /api/jobs HTTP/1.1", host, "Content-Encoding: gzip", "Content-Length: 0"))
                    .isEqualTo(415);
        }
    }

    @Test
    void aTokenIsAskedForAndTradedForACookie() throws Exception {
        ServerSettings settings = ServerSettings.standard(folder).withPort(0).withToken(TOKEN);
        try (TestServer server = TestServer.with(settings, FaultyGenerator.named("offline"))) {
            assertThat(server.get("/api/jobs").statusCode()).isEqualTo(401);
            assertThat(server.get("/").statusCode()).isEqualTo(200);
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            assertThat(with(server, "Authorization", "Bearer " + TOKEN)).isEqualTo(200);
            assertThat(with(server, "Authorization", "Bearer " + TOKEN + "x")).isEqualTo(401);
            assertThat(with(server, "x-api-key", TOKEN)).isEqualTo(200);
            assertThat(with(server, "Authorization", "Basic " + basic("anybody:" + TOKEN)))
                    .isEqualTo(200);
            assertThat(with(server, "Authorization", "Basic ")).isEqualTo(401);
            assertThat(server.post("/api/session", "{\"token\": \"wrong\"}").statusCode())
                    .isEqualTo(401);

            HttpResponse<String> signedIn = server.post("/api/session", "{\"token\": \"" + TOKEN + "\"}");
            String cookie = signedIn.headers().firstValue("Set-Cookie").orElseThrow();

            assertThat(cookie).endsWith("; Path=/; HttpOnly; SameSite=Strict").doesNotContain(TOKEN);
            String pair = cookie.substring(0, cookie.indexOf(';'));
            assertThat(with(server, "Cookie", pair)).isEqualTo(200);
            assertThat(server.post("/api/jobs", "{\"prompt\": \"a\"}", "Cookie", pair)
                            .statusCode())
                    .as("a cookie without an origin")
                    .isEqualTo(401);
            assertThat(server.post(
                                    "/api/jobs",
                                    "{\"prompt\": \"a\"}",
                                    "Cookie",
                                    pair,
                                    "Origin",
                                    "http://127.0.0.1:" + server.port())
                            .statusCode())
                    .isEqualTo(202);
        }
    }

    private static int with(TestServer server, String name, String value) throws Exception {
        return server.send(server.request("/api/jobs").header(name, value)).statusCode();
    }

    private static String basic(String pair) {
        return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void everyAnswerForbidsWhatThePageDoesNotNeed() throws Exception {
        try (TestServer server = TestServer.with(folder, FaultyGenerator.named("offline"))) {
            for (String path : List.of("/", "/api/jobs", "/nothing")) {
                HttpResponse<String> answer = server.get(path);
                assertThat(answer.headers()
                                .firstValue("Content-Security-Policy")
                                .orElse(""))
                        .startsWith("default-src 'none'; script-src 'self'; style-src 'self';");
                assertThat(answer.headers().firstValue("X-Content-Type-Options"))
                        .hasValue("nosniff");
                assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                        .isEmpty();
            }
        }
    }

    @Test
    void anotherAddressNeedsAToken() {
        assertThatThrownBy(() -> new ServerSettings("0.0.0.0", 1, Optional.empty(), List.of(), folder, false, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--token must be given where --host can be reached from other machines, but was not, and"
                        + " --host is 0.0.0.0");
        assertThatThrownBy(() -> new AccessToken("short"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--token must have at least 16 characters but has 5");
    }

    @Test
    void aBodyThatNeverEndsIsCutOff() throws Exception {
        try (TestServer server = TestServer.with(folder, FaultyGenerator.named("offline"));
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(20_000);
            byte[] head = String.join(
                            "\r\n",
                            "POST /api/jobs HTTP/1.1",
                            "Host: localhost",
                            "Content-Type: application/json",
                            "Transfer-Encoding: chunked",
                            "",
                            "")
                    .getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(head);
            byte[] chunk = ("8000\r\n" + " ".repeat(0x8000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            String answer = "";
            for (int i = 0; i < 4; i++) {
                socket.getOutputStream().write(chunk);
            }
            try (InputStream in = socket.getInputStream()) {
                answer = new String(in.readNBytes(12), StandardCharsets.US_ASCII);
            }
            assertThat(answer).isEqualTo("HTTP/1.1 413");
        }
    }

    /** The status that the server answers to these lines. */
    private static int status(TestServer server, String... lines) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            String request = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] start = socket.getInputStream().readNBytes(12);
            return Integer.parseInt(new String(start, StandardCharsets.US_ASCII).substring(9));
        }
    }
}
