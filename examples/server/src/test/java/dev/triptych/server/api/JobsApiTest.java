package dev.triptych.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.AuthenticationException;
import dev.triptych.ErrorOrigin;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.ImageHeader;
import dev.triptych.media.PngText;
import dev.triptych.server.TestServer;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.JobStatus;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobsApiTest {

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = FaultyGenerator.named("offline");
    private final FaultyGenerator studio = FaultyGenerator.billed("studio");
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.with(folder, offline, studio);
    }

    @AfterEach
    void stop() {
        offline.release();
        studio.release();
        server.close();
    }

    @Test
    void aRequestBecomesAJobThatEndsWithPictures() throws Exception {
        HttpResponse<String> answer =
                server.post("/api/jobs", "{\"prompt\": \"a red fox\", \"seed\": 7, \"count\": 2, \"size\": \"16x24\"}");

        assertThat(answer.statusCode()).isEqualTo(202);
        JsonNode accepted = Json.parse(answer.body());
        String id = accepted.path("id").asText();
        assertThat(id).matches("[0-9a-f]{32}");
        assertThat(answer.headers().firstValue("Location")).hasValue("/api/jobs/" + id);
        server.ended(id);
        JsonNode job = server.json("/api/jobs/" + id);
        assertThat(job.path("status").asText()).isEqualTo("completed");
        assertThat(job.path("generator").asText()).isEqualTo("offline");
        assertThat(job.path("pictures")).hasSize(2);
        assertThat(job.path("pictures").path(1).path("seed").asLong()).isEqualTo(8);
        assertThat(job.path("servedBy").path("model").asText()).isEqualTo("tiny");
        HttpResponse<byte[]> picture =
                server.bytes(job.path("pictures").path(0).path("url").asText());
        assertThat(picture.headers().firstValue("Content-Type")).hasValue("image/png");
        assertThat(picture.headers().firstValue("Cache-Control")).hasValue("private, max-age=31536000, immutable");
        assertThat(ImageHeader.read(picture.body())).isEqualTo(new ImageHeader("image/png", 16, 24));
        HttpResponse<byte[]> thumbnail =
                server.bytes(job.path("pictures").path(0).path("thumbnail").asText());
        assertThat(ImageHeader.read(thumbnail.body())).isEqualTo(new ImageHeader("image/jpeg", 16, 24));
    }

    @Test
    void theSameIdempotencyKeyGivesTheSameJob() throws Exception {
        String first = server.submit("{\"prompt\": \"a fox\"}", "Idempotency-Key", "one");
        String again = server.submit("{\"prompt\": \"a fox\"}", "Idempotency-Key", "one");
        String other = server.submit("{\"prompt\": \"a fox\"}", "Idempotency-Key", "two");
        HttpResponse<String> conflict = server.post("/api/jobs", "{\"prompt\": \"a cat\"}", "Idempotency-Key", "one");

        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
        assertThat(conflict.statusCode()).isEqualTo(409);
        assertThat(conflict.body())
                .isEqualTo("{\"error\":{\"message\":\"Idempotency-Key must be new for another request but was used"
                        + " before\",\"type\":\"invalid_request_error\",\"code\":\"idempotency_conflict\","
                        + "\"param\":null}}");
        server.ended(other);
        assertThat(offline.calls()).isEqualTo(2);
    }

    @Test
    void aJobIsCancelledWhileItWaitsAndWhileItRuns() throws Exception {
        offline.block();
        String running = server.submit("{\"prompt\": \"a fox\"}");
        offline.awaitBlocked(1);
        String waiting = server.submit("{\"prompt\": \"a cat\"}");
        String behind = server.submit("{\"prompt\": \"a dog\"}");
        assertThat(server.json("/api/jobs/" + behind)
                        .path("progress")
                        .path("position")
                        .asInt())
                .isEqualTo(1);

        JsonNode cancelled =
                Json.parse(server.post("/api/jobs/" + waiting + "/cancel", "{}").body());
        server.post("/api/jobs/" + running + "/cancel", "{}");

        assertThat(cancelled.path("status").asText()).isEqualTo("cancelled");
        assertThat(server.ended(running).status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(server.json("/api/jobs/" + running)
                        .path("error")
                        .path("message")
                        .asText())
                .isEqualTo("cancelled; nothing was charged");
        offline.release();
        assertThat(server.ended(behind).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(offline.calls()).isEqualTo(2);
    }

    @Test
    void aCancelledCallOfAProviderThatBillsSaysThatItMayCharge() throws Exception {
        studio.block();
        String id = server.submit("{\"prompt\": \"a fox\", \"generator\": \"studio\"}");
        studio.awaitBlocked(1);

        server.post("/api/jobs/" + id + "/cancel", "{}");

        server.ended(id);
        JsonNode error = server.json("/api/jobs/" + id).path("error");
        assertThat(error.path("message").asText())
                .isEqualTo("cancelled here, but faulty may charge for it all the same");
        assertThat(error.path("mayBeBilled").asBoolean()).isTrue();
    }

    @Test
    void aLostAnswerOfAProviderThatBillsIsUnknownAndNotRepeated() throws Exception {
        studio.failAlways(new ProviderUnavailableException("no answer", ErrorOrigin.of("faulty", Outcome.UNKNOWN)));

        String id = server.submit("{\"prompt\": \"a fox\", \"generator\": \"studio\"}");

        assertThat(server.ended(id).status()).isEqualTo(JobStatus.UNKNOWN);
        assertThat(studio.calls()).isEqualTo(1);
        assertThat(server.json("/api/jobs/" + id).path("error").toString())
                .isEqualTo("{\"code\":\"unavailable\",\"message\":\"no answer\",\"mayBeBilled\":true}");
    }

    @Test
    void aFailureSaysItsKind() throws Exception {
        studio.failAlways(
                new AuthenticationException("the key is missing", ErrorOrigin.of("faulty", Outcome.REJECTED)));

        String id = server.submit("{\"prompt\": \"a fox\", \"generator\": \"studio\"}");

        server.ended(id);
        assertThat(server.json("/api/jobs/" + id).path("error").toString())
                .isEqualTo("{\"code\":\"authentication\",\"message\":\"the key is missing\",\"mayBeBilled\":false}");
    }

    @Test
    void jobsComeInPagesAndAreFoundByWordsAndSeed() throws Exception {
        for (int i = 0; i < 5; i++) {
            server.ended(server.submit("{\"prompt\": \"a fox number " + i + "\", \"seed\": 10" + i + "}"));
        }

        JsonNode first = server.json("/api/jobs?limit=2");
        JsonNode second =
                server.json("/api/jobs?limit=2&before=" + first.path("next").asLong());

        assertThat(first.path("total").asInt()).isEqualTo(5);
        assertThat(prompts(first)).containsExactly("a fox number 4", "a fox number 3");
        assertThat(prompts(second)).containsExactly("a fox number 2", "a fox number 1");
        assertThat(prompts(server.json("/api/jobs?q=NUMBER%203"))).containsExactly("a fox number 3");
        assertThat(prompts(server.json("/api/jobs?q=102"))).containsExactly("a fox number 2");
        assertThat(prompts(server.json("/api/jobs?status=failed"))).isEmpty();
    }

    private static List<String> prompts(JsonNode page) {
        List<String> prompts = new ArrayList<>();
        page.path("jobs")
                .forEach(job -> prompts.add(job.path("request").path("prompt").asText()));
        return prompts;
    }

    @Test
    void eventsTellOfEachStepAndResumeAfterTheLastOne() throws Exception {
        String cursor = server.json("/api/jobs").path("events").asText();
        String id = server.submit("{\"prompt\": \"a fox\"}");
        server.ended(id);

        List<String> seen = events("/api/events", cursor, 3);

        assertThat(seen).hasSize(3);
        assertThat(seen.get(0)).contains("\"status\":\"queued\"");
        assertThat(seen.get(1)).contains("\"status\":\"running\"");
        assertThat(seen.get(2)).contains("\"status\":\"completed\"");
        assertThat(events("/api/events", "another-life-1", 1)).containsExactly("{}");
        assertThat(events("/api/jobs/" + id + "/events", null, 1).get(0)).contains("\"status\":\"completed\"");
    }

    /** The data of the first events at {@code path}, read from a socket that is closed in the middle of the stream. */
    private List<String> events(String path, @Nullable String last, int count) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"
                    + (last == null ? "" : "Last-Event-ID: " + last + "\r\n") + "\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            List<String> data = new ArrayList<>();
            while (data.size() < count) {
                String line = lines.readLine();
                if (line.startsWith("data: ")) {
                    data.add(line.substring(6));
                }
            }
            return data;
        }
    }

    @Test
    void comparesOneRequestOverSeveralGenerators() throws Exception {
        HttpResponse<String> answer = server.post(
                "/api/comparisons", "{\"prompt\": \"a fox\", \"seed\": 3, \"generators\": [\"offline\", \"studio\"]}");

        assertThat(answer.statusCode()).isEqualTo(202);
        JsonNode comparison = Json.parse(answer.body());
        for (JsonNode job : comparison.path("jobs")) {
            server.ended(job.path("id").asText());
        }
        JsonNode later = server.json("/api/comparisons/" + comparison.path("id").asText());
        assertThat(later.path("jobs").path(0).path("generator").asText()).isEqualTo("offline");
        assertThat(later.path("jobs").path(1).path("generator").asText()).isEqualTo("studio");
        assertThat(later.path("jobs").path(1).path("status").asText()).isEqualTo("completed");
    }

    @Test
    void anInputIsNamedByItsId() throws Exception {
        byte[] start = TestPictures.png(16, 16, Color.RED);
        String id = server.upload(start);

        JsonNode refused = Json.parse(server.post("/api/jobs", "{\"prompt\": \"a fox\", \"inputs\": [\"" + id + "\"]}")
                .body());

        // The stand-in takes no inputs; the request got as far as the generator.
        String job = refused.path("id").asText();
        assertThat(server.ended(job).failure().orElseThrow().code()).isEqualTo("unsupported");
        assertThat(server.json("/api/jobs/" + job).path("inputs").path(0).asText())
                .isEqualTo(id);
        assertThat(server.bytes("/api/pictures/" + id).body()).isEqualTo(start);
    }

    @Test
    void aDroppedPictureGivesItsSettingsBack() throws Exception {
        GenerationParameters parameters = new GenerationParameters(
                "a fox",
                "blurry",
                Map.of("Steps", "12", "Sampler", "Euler a", "CFG scale", "6.5", "Seed", "42", "Size", "64x48"));
        byte[] png = PngText.with(
                TestPictures.png(8, 8, Color.BLUE), Map.of(GenerationParameters.PNG_KEYWORD, parameters.format()));

        JsonNode answer = Json.parse(server.send(server.request("/api/pictures")
                        .header("Content-Type", "image/png")
                        .POST(BodyPublishers.ofByteArray(png)))
                .body());

        assertThat(answer.path("settings").path("writer").asText()).isEqualTo("automatic1111");
        assertThat(answer.path("settings").path("request").toString())
                .isEqualTo("{\"prompt\":\"a fox\",\"negativePrompt\":\"blurry\",\"seed\":42,\"steps\":12,"
                        + "\"guidanceScale\":6.5,\"size\":\"64x48\",\"options\":{\"local.scheduler\":\"Euler a\"}}");
    }

    @Test
    void badInputGetsOneClearError() throws Exception {
        assertThat(error(server.post("/api/jobs", "{\"prompt\": 5}")))
                .isEqualTo("400 prompt must be a text but was of JSON type NUMBER");
        assertThat(error(server.post("/api/jobs", "{\"prompt\": \"a\", \"stepps\": 5}")))
                .isEqualTo("400 request has an unknown field \"stepps\"");
        assertThat(error(server.post("/api/jobs", "{\"prompt\": ")))
                .isEqualTo("400 body must be JSON but could not be read at line 1, column 12");
        assertThat(error(server.post("/api/jobs", "[]")))
                .isEqualTo("400 body must be a JSON object but was something else");
        assertThat(error(server.post("/api/jobs", "{\"prompt\": \"a\", \"generator\": \"nobody\"}")))
                .isEqualTo("404 generator must be one of offline, studio but was another");
        assertThat(error(server.post("/api/jobs", "{\"prompt\": \"" + "a".repeat(70_000) + "\"}")))
                .isEqualTo("413 body must have at most 65536 bytes but has more");
        assertThat(error(server.post("/api/jobs", "{\"prompt\": \"a\", \"inputs\": [\"/etc/passwd\"]}")))
                .isEqualTo("400 inputs needs the picture with SHA-256 /etc/passwd but it was not given");
        assertThat(error(server.send(server.request("/api/jobs").POST(BodyPublishers.ofString("prompt=a")))))
                .isEqualTo("415 content-type must be application/json but was something else");
        assertThat(error(server.get("/api/jobs?limit=0")))
                .isEqualTo("400 limit must be a whole number from 1 to 200 but was not");
        assertThat(error(server.get("/api/jobs/nothing"))).isEqualTo("404 job does not exist here");
        assertThat(error(server.get("/api/pictures/..%2F..%2Fsecret"))).startsWith("40");
        assertThat(error(server.get("/nothing"))).isEqualTo("404 there is nothing at this path");
    }

    private static String error(HttpResponse<String> answer) {
        return answer.statusCode() + " "
                + (answer.body().startsWith("{")
                        ? Json.parse(answer.body())
                                .path("error")
                                .path("message")
                                .asText()
                        : "");
    }

    @Test
    void aPictureOfTooManyPixelsIsRefusedBeforeItIsDecoded() throws Exception {
        byte[] bomb = TestPictures.png(8, 8, Color.RED);
        bomb[16] = 0;
        bomb[17] = 1; // 65 536 wide, by the header
        bomb[18] = 0;
        bomb[19] = 0;

        HttpResponse<String> answer = server.send(server.request("/api/pictures")
                .header("Content-Type", "image/png")
                .POST(BodyPublishers.ofByteArray(bomb)));

        assertThat(error(answer))
                .isEqualTo("400 picture must have at most 67108864 pixels and edges of at most 16384 but"
                        + " its header says 65536x8");
    }

    @Test
    void generatorsSayWhatTheyCan() throws Exception {
        server.ended(server.submit("{\"prompt\": \"a fox\"}"));

        JsonNode answer = server.json("/api/generators");

        assertThat(answer.path("default").asText()).isEqualTo("offline");
        JsonNode generator = answer.path("generators").path(0);
        assertThat(generator.path("free").asBoolean()).isTrue();
        assertThat(generator.path("capabilities").path("sizes").path("standard").asText())
                .isEqualTo("8x8");
        assertThat(generator.path("capabilities").path("honoured").toString())
                .isEqualTo("[\"guidanceScale\",\"negativePrompt\",\"seed\",\"size\",\"steps\"]");
        assertThat(generator.path("millisPerPicture").asLong()).isEqualTo(1);
        assertThat(answer.path("generators").path(1).path("free").asBoolean()).isFalse();
        assertThat(server.json("/api/generators/studio").path("name").asText()).isEqualTo("studio");
    }

    @Test
    void anUnfinishedJobHasNoPreviewWhereTheGeneratorShowsNone() throws Exception {
        String id = server.submit("{\"prompt\": \"a fox\"}");

        assertThat(error(server.get("/api/jobs/" + id + "/preview"))).isEqualTo("404 preview does not exist here");
    }
}
