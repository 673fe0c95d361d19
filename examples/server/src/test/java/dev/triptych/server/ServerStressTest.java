package dev.triptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Operation;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.JobStatus;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many clients, clients that vanish, bodies without end, nonsense. In short by default; profile {@code long} sets
 * {@code triptych.clients} and {@code triptych.fuzz} to 200 and 10 000.
 */
class ServerStressTest {

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = FaultyGenerator.of(
            "offline",
            FaultyGenerator.standardCapabilities()
                    .operations(Operation.IMAGE_TO_IMAGE, Operation.INPAINTING)
                    .maxInputs(1)
                    .build());
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.with(folder, offline);
    }

    @AfterEach
    void stop() {
        offline.release();
        server.close();
    }

    @Test
    void manyClientsAtOnceEachGetTheirOwnPicture() throws Exception {
        int clients = Integer.getInteger("triptych.clients", 40);
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        List<CompletableFuture<String>> answers = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            int seed = i;
            answers.add(CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            HttpResponse<String> answer = server.post(
                                    "/v1/images/generations", "{\"prompt\": \"a fox\", \"seed\": " + seed + "}");
                            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                            return Json.parse(answer.body())
                                    .path("data")
                                    .path(0)
                                    .path("b64_json")
                                    .asText();
                        } catch (IOException | InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    },
                    threads));
        }
        Set<String> pictures = new HashSet<>();
        for (CompletableFuture<String> answer : answers) {
            pictures.add(answer.get(60, TimeUnit.SECONDS));
        }
        threads.shutdown();

        assertThat(pictures).hasSize(clients);
        assertThat(offline.calls()).isEqualTo(clients);
        assertThat(offline.mostRunning()).isEqualTo(1);
    }

    @Test
    void clientsThatVanishHoldNobodyUp() throws Exception {
        offline.block();
        for (int i = 0; i < 30; i++) {
            vanish("POST /v1/images/generations HTTP/1.1", "{\"prompt\": \"a fox\", \"stream\": " + (i % 2 == 0) + "}");
            vanish("GET /api/events HTTP/1.1", "");
        }
        offline.awaitBlocked(1);
        String id = server.submit("{\"prompt\": \"a cat\"}");
        offline.release();

        assertThat(server.ended(id).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(server.get("/health").statusCode()).isEqualTo(200);
    }

    private void vanish(String line, String body) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            socket.getOutputStream()
                    .write((line + "\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                                    + bytes.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            socket.setSoLinger(true, 0);
        }
    }

    @Test
    void aBodyOfTenGigabytesIsRefusedWhileItIsSent() throws Exception {
        byte[] megabyte = new byte[1 << 20];
        for (String route : List.of("/api/pictures", "/api/jobs", "/v1/images/edits", "/sdapi/v1/img2img", "/mcp")) {
            String type = route.equals("/v1/images/edits")
                    ? "multipart/form-data; boundary=x"
                    : route.equals("/api/pictures") ? "image/png" : "application/json";
            long sent = 0;
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                OutputStream out = socket.getOutputStream();
                out.write(("POST " + route + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type
                                + "\r\nTransfer-Encoding: chunked\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                while (sent < 10L << 30) {
                    out.write("100000\r\n".getBytes(StandardCharsets.US_ASCII));
                    out.write(megabyte);
                    out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
                    sent += megabyte.length;
                }
            } catch (IOException closedByTheServer) {
                // As it shall be.
            }
            assertThat(sent).as("bytes that " + route + " took").isLessThan(600L << 20);
        }
        assertThat(server.get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void nonsenseGetsAnAnswerAndNeverAStackTrace() throws Exception {
        int each = Integer.getInteger("triptych.fuzz", 40);
        Random random = new Random(20);
        String picture = Base64.getEncoder().encodeToString(TestPictures.png(8, 8, Color.RED));
        String id = server.upload(TestPictures.png(8, 8, Color.RED));
        List<String> posts = List.of(
                "/api/jobs {\"prompt\": \"a\", \"size\": \"8x8\", \"seed\": 1, \"inputs\": [\"" + id + "\"]}",
                "/api/comparisons {\"prompt\": \"a\", \"generators\": [\"offline\", \"offline\"]}",
                "/api/session {\"token\": \"a\"}",
                "/v1/images/generations {\"prompt\": \"a\", \"n\": 1, \"size\": \"8x8\", \"stream\": false, \"steps\": 2,"
                        + " \"options\": {\"faulty.known\": \"x\"}}",
                "/v1/images/edits {\"prompt\": \"a\", \"image\": \"" + picture + "\", \"mask\": \"" + picture + "\"}",
                "/sdapi/v1/txt2img {\"prompt\": \"a\", \"width\": 8, \"height\": 8, \"sampler_name\": \"Euler\"}",
                "/sdapi/v1/img2img {\"prompt\": \"a\", \"init_images\": [\"" + picture + "\"], \"mask\": \"" + picture
                        + "\"}",
                "/sdapi/v1/options {\"sd_model_checkpoint\": \"offline\"}",
                "/sdapi/v1/png-info {\"image\": \"" + picture + "\"}",
                "/sdapi/v1/extra-single-image {\"image\": \"" + picture + "\", \"upscaler_1\": \"Nearest\"}",
                "/mcp {\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/call\", \"params\": {\"name\":"
                        + " \"generate_image\", \"arguments\": {\"prompt\": \"a\", \"count\": 1}}}");
        for (String post : posts) {
            String route = post.substring(0, post.indexOf(' '));
            for (int i = 0; i < each; i++) {
                String body = spoilt(post.substring(route.length() + 1), random);
                check(route, body, server.post(route, body));
            }
        }
        for (int i = 0; i < each; i++) {
            byte[] bytes = TestPictures.png(8, 8, Color.RED);
            for (int j = 0; j < 4; j++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            HttpResponse<String> answer = server.send(server.request("/api/pictures")
                    .header("Content-Type", "image/png")
                    .POST(BodyPublishers.ofByteArray(bytes)));
            check("/api/pictures", "a spoilt picture", answer);
            String made = answer.statusCode() == 201
                    ? Json.parse(answer.body()).path("id").asText()
                    : "x" + i;
            check("thumbnail", made, server.get("/api/pictures/" + made + "/thumbnail"));
            check("list", "", server.get("/api/jobs?limit=" + random.nextInt() + "&before=" + random.nextLong()));
        }
    }

    /** {@code json} with one thing wrong in it, most of the time. */
    private static String spoilt(String json, Random random) {
        List<String> values = List.of(
                "null",
                "-1",
                "1e99",
                "\"\\u0000\"",
                "[]",
                "{}",
                "true",
                "\"..\"",
                "99999999999999999999",
                "\"NaN\"",
                "[[[[1]]]]",
                "0.5");
        int kind = random.nextInt(4);
        int at = random.nextInt(json.length());
        if (kind == 0) {
            return json.substring(0, at);
        }
        if (kind == 1) {
            return json.substring(0, at) + (char) (32 + random.nextInt(90)) + json.substring(at + 1);
        }
        int colon = json.indexOf(": ", at);
        if (colon < 0) {
            colon = json.indexOf(": ");
        }
        int end = colon + 2;
        while (end < json.length() && ",}".indexOf(json.charAt(end)) < 0) {
            end++;
        }
        return json.substring(0, colon + 2) + values.get(random.nextInt(values.size())) + json.substring(end);
    }

    private static void check(String route, String body, HttpResponse<String> answer) {
        assertThat(answer.statusCode())
                .as(route + " " + body + ": " + answer.body())
                .isNotEqualTo(500);
        assertThat(answer.body())
                .as(route + " " + body)
                .doesNotContain("java.lang", "java.util", "at dev.triptych", ".java:");
    }
}
