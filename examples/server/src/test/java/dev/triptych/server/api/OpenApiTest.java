package dev.triptych.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.triptych.RequestField;
import dev.triptych.media.GenerationParameters;
import dev.triptych.media.PngText;
import dev.triptych.server.TestServer;
import dev.triptych.server.http.Json;
import dev.triptych.testkit.FaultyGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server held against its own description: every route, and the shape of what it answers. */
class OpenApiTest {

    @TempDir
    private Path folder;

    private TestServer server;
    private ObjectNode description;
    private final Set<String> asked = new TreeSet<>();

    @BeforeEach
    void start() throws Exception {
        server = TestServer.with(folder, FaultyGenerator.named("offline"), FaultyGenerator.billed("studio"));
        description = (ObjectNode) server.json("/api/openapi.json");
        asked.add("get /api/openapi.json");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void everyRouteAnswersAsItIsDescribed() throws Exception {
        String id = Json.parse(post("/api/jobs", "/api/jobs", "{\"prompt\": \"a fox\", \"count\": 2}", 202))
                .path("id")
                .asText();
        server.ended(id);
        post("/api/jobs", "/api/jobs", "{\"prompt\": 1}", 400);
        post("/api/jobs", "/api/jobs", "{\"prompt\": \"a\", \"generator\": \"x\"}", 404);
        get("/api/jobs", "/api/jobs?limit=1", 200);
        JsonNode job = Json.parse(get("/api/jobs/{id}", "/api/jobs/" + id, 200));
        get("/api/jobs/{id}", "/api/jobs/nothing", 404);
        post("/api/jobs/{id}/cancel", "/api/jobs/" + id + "/cancel", "{}", 200);
        get("/api/jobs/{id}/preview", "/api/jobs/" + id + "/preview", 404);
        status("/api/jobs/{id}/events", "/api/jobs/" + id + "/events", 200);
        String picture = job.path("pictures").path(0).path("id").asText();
        status("/api/pictures/{id}", "/api/pictures/" + picture, 200);
        status("/api/pictures/{id}/thumbnail", "/api/pictures/" + picture + "/thumbnail", 200);
        get("/api/pictures/{id}/settings", "/api/pictures/" + picture + "/settings", 404);
        get("/api/generators", "/api/generators", 200);
        get("/api/generators/{name}", "/api/generators/studio", 200);
        get("/api/generators/{name}", "/api/generators/nobody", 404);
        String comparison = Json.parse(post(
                        "/api/comparisons",
                        "/api/comparisons",
                        "{\"prompt\": \"a fox\", \"generators\": [\"offline\", \"studio\"]}",
                        202))
                .path("id")
                .asText();
        get("/api/comparisons/{id}", "/api/comparisons/" + comparison, 200);
        post("/api/session", "/api/session", "{\"token\": \"\"}", 200);
        String dropped = upload();
        get("/api/pictures/{id}/settings", "/api/pictures/" + dropped + "/settings", 200);
        asked.add("get /api/events"); // An endless stream, which JobsApiTest reads.

        Set<String> described = new TreeSet<>();
        description
                .path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(method -> described.add(method + " " + path.getKey())));
        assertThat(asked).isEqualTo(described);
    }

    @Test
    void describesEachFieldOfARequestAsTheTableHasIt() {
        JsonNode properties =
                description.path("components").path("schemas").path("Request").path("properties");

        for (RequestField<?> field : RequestField.ALL) {
            JsonNode described = properties.path(field.name());
            assertThat(described.path("type").asText()).as(field.name()).isEqualTo(field.jsonType());
            field.minimum()
                    .ifPresent(least -> assertThat(described.path("minimum").asDouble(-1))
                            .as(field.name())
                            .isEqualTo(least));
            field.maximum()
                    .ifPresent(most -> assertThat(described.path("maximum").asDouble(-1))
                            .as(field.name())
                            .isEqualTo(most));
        }
        assertThat(properties.size()).isEqualTo(RequestField.ALL.size());
    }

    private String upload() throws Exception {
        byte[] png = PngText.with(
                TestPictures.png(8, 8, Color.RED),
                Map.of(GenerationParameters.PNG_KEYWORD, "a fox\nSteps: 1, Seed: 2, CFG scale: 3"));
        HttpResponse<String> answer = server.send(server.request("/api/pictures")
                .header("Content-Type", "image/png")
                .POST(BodyPublishers.ofByteArray(png)));
        check("post", "/api/pictures", answer, 201);
        return Json.parse(answer.body()).path("id").asText();
    }

    private String get(String route, String path, int status) throws Exception {
        return check("get", route, server.get(path), status);
    }

    private void status(String route, String path, int status) throws Exception {
        asked.add("get " + route);
        assertThat(server.bytes(path).statusCode()).isEqualTo(status);
        assertThat(description
                        .path("paths")
                        .path(route)
                        .path("get")
                        .path("responses")
                        .has("" + status))
                .isTrue();
    }

    private String post(String route, String path, String body, int status) throws Exception {
        return check("post", route, server.post(path, body), status);
    }

    private String check(String method, String route, HttpResponse<String> answer, int status) {
        asked.add(method + " " + route);
        assertThat(answer.statusCode())
                .as(method + " " + route + ": " + answer.body())
                .isEqualTo(status);
        JsonNode schema = description
                .path("paths")
                .path(route)
                .path(method)
                .path("responses")
                .path(Integer.toString(status))
                .path("content")
                .path("application/json")
                .path("schema");
        assertThat(schema.isObject())
                .as("a schema for " + method + " " + route + " " + status)
                .isTrue();
        // The schemas refer to each other within the description, so it goes along.
        ObjectNode whole = schema.deepCopy();
        whole.set("components", description.path("components"));
        JsonSchema validator =
                JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(whole);
        Set<ValidationMessage> findings = validator.validate(Json.parse(answer.body()));
        assertThat(findings).as(method + " " + route).isEmpty();
        return answer.body();
    }
}
