package dev.triptych.server;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.ImageGenerator;
import dev.triptych.server.api.Money;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.BilledCalls;
import dev.triptych.server.jobs.Generators;
import dev.triptych.server.jobs.Job;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server on a free port with generators that a test made, and a plain client for it. */
public final class TestServer implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 30;

    private final StudioServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    private TestServer(StudioServer server) {
        this.server = server;
    }

    /** A server with these generators, the first of which is the default. */
    public static TestServer with(Path folder, ImageGenerator... generators) throws IOException {
        return with(ServerSettings.standard(folder).withPort(0), generators);
    }

    /** A server with these settings and generators. */
    public static TestServer with(ServerSettings settings, ImageGenerator... generators) throws IOException {
        return with(settings, Money.unknown(), generators);
    }

    /** A server with these settings, prices and generators. */
    public static TestServer with(ServerSettings settings, Money money, ImageGenerator... generators)
            throws IOException {
        Map<String, ImageGenerator> named = new LinkedHashMap<>();
        for (ImageGenerator generator : generators) {
            named.put(generator.info().name(), generator);
        }
        return new TestServer(StudioServer.start(
                settings, Generators.of(named, generators[0].info().name()), BilledCalls.NOTHING_KNOWN, money));
    }

    /** Where {@code path} is. */
    public URI uri(String path) {
        return server.address().resolve(path);
    }

    /** The server's port. */
    public int port() {
        return server.port();
    }

    /** A request to {@code path}, open for more. */
    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path));
    }

    /** Sends {@code request}, and takes the answer's body as text. */
    public HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
    }

    /** The answer of {@code GET path}. */
    public HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    /** The bytes at {@code path}. */
    public HttpResponse<byte[]> bytes(String path) throws IOException, InterruptedException {
        return client.send(request(path).GET().build(), BodyHandlers.ofByteArray());
    }

    /** The JSON at {@code path}. */
    public JsonNode json(String path) throws IOException, InterruptedException {
        return Json.parse(get(path).body());
    }

    /** The answer of {@code POST path} with a JSON body and more headers, in pairs. */
    public HttpResponse<String> post(String path, String json, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json, StandardCharsets.UTF_8));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request);
    }

    /** Uploads a picture and gives its id. */
    public String upload(byte[] picture) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(
                request("/api/pictures").header("Content-Type", "image/png").POST(BodyPublishers.ofByteArray(picture)));
        return Json.parse(answer.body()).path("id").asText();
    }

    /** Asks for a job and gives its id. */
    public String submit(String json, String... headers) throws IOException, InterruptedException {
        return Json.parse(post("/api/jobs", json, headers).body()).path("id").asText();
    }

    /** Waits for job {@code id} to end. */
    public Job ended(String id) throws Exception {
        return server.jobs().ending(id).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** The server. */
    public StudioServer server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
    }
}
