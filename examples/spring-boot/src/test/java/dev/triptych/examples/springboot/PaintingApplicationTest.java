package dev.triptych.examples.springboot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.ImageGenerator;
import dev.triptych.media.ImageHeader;
import dev.triptych.springai.TriptychImageGenerationMetadata;
import dev.triptych.springai.TriptychImageOptions;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.ActiveProfiles;

/** The application as it stands, with a hosted API that nobody answers at: this machine paints. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "server.address=127.0.0.1",
            "triptych.generators.studio.base-url=http://127.0.0.1:1/v1",
            "triptych.generators.studio.api-key=sk-for-nobody"
        })
@ActiveProfiles("studio")
class PaintingApplicationTest {

    private final HttpClient client = HttpClient.newHttpClient();
    private final String address;

    @Autowired
    private ImageGenerator generator;

    @Autowired
    private ImageModel model;

    @Autowired
    private MeterRegistry meters;

    PaintingApplicationTest(@Value("${local.server.port}") int port) {
        address = "http://127.0.0.1:" + port;
    }

    @Test
    void showsThePage() throws Exception {
        HttpResponse<String> page = get("/");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("<h1>Painting</h1>");
    }

    @Test
    void fallsBackToThisMachine() throws Exception {
        HttpResponse<byte[]> picture = client.send(
                HttpRequest.newBuilder(URI.create(address + "/pictures"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString("prompt=a+red+fox+in+the+snow&seed=42"))
                        .build(),
                BodyHandlers.ofByteArray());

        assertThat(picture.statusCode()).isEqualTo(200);
        assertThat(ImageHeader.read(picture.body()).mediaType()).isEqualTo("image/png");
        assertThat(picture.headers().firstValue("Triptych-Served-By")).contains("offline");
        assertThat(picture.headers().firstValue("Triptych-Seed")).contains("42");
        assertThat(generator.info().name()).isEqualTo("studio");
        assertThat(meters.get("triptych.images")
                        .tag("generator", "offline")
                        .counter()
                        .count())
                .isPositive();
    }

    @Test
    void saysWhatIsWrongWithARequest() throws Exception {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create(address + "/pictures?prompt="))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("prompt must say what to show but was empty");
    }

    @Test
    void isHealthy() throws Exception {
        assertThat(get("/actuator/health").body())
                .contains("\"triptych\":{\"details\":{\"current\":\"studio\"")
                .contains("\"offline\":{\"provider\":\"local\"");
    }

    @Test
    void paintsThroughSpringAi() {
        ImageGeneration picture = model.call(new ImagePrompt(
                        "a red fox in the snow",
                        TriptychImageOptions.builder().seed(7L).steps(2).build()))
                .getResults()
                .get(0);

        assertThat(ImageHeader.read(
                                Base64.getDecoder().decode(picture.getOutput().getB64Json()))
                        .mediaType())
                .isEqualTo("image/png");
        assertThat(((TriptychImageGenerationMetadata) picture.getMetadata()).seed())
                .hasValue(7);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create(address + path)).build(), BodyHandlers.ofString());
    }
}
