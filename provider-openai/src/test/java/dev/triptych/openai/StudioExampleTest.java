package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.triptych.AuthenticationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageResult;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The README's example, with its own files, against a WireMock that runs as a process of its own. */
@Timeout(60)
class StudioExampleTest {

    private static final Pattern PORT = Pattern.compile("port:\\s*(\\d+)");

    @Test
    void worksAgainstARealProcess() throws Exception {
        Path folder = folder();
        Process server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        standaloneJar().toString(),
                        "--port",
                        "0",
                        "--bind-address",
                        "127.0.0.1",
                        "--root-dir",
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        try {
            String yaml = Files.readString(folder.resolve("triptych.yaml")).replace("8089", port(server));

            try (GeneratorRegistry registry = registry(yaml, "not-a-real-key")) {
                ImageResult result = registry.generator("studio").generate("a red fox in the snow");

                assertThat(result.image().width()).isEqualTo(128);
                assertThat(result.image().mediaType()).isEqualTo("image/png");
                assertThat(result.cost().orElseThrow().amount()).isEqualByComparingTo("0.005945");
            }
            try (GeneratorRegistry registry = registry(yaml, "another-key")) {
                ImageGenerator studio = registry.generator("studio");

                assertThatThrownBy(() -> studio.generate("a red fox in the snow"))
                        .isInstanceOf(AuthenticationException.class)
                        .hasMessage("api-key must be valid and allowed to make pictures but was refused (status 401,"
                                + " type invalid_request_error, code invalid_api_key): Incorrect API key provided:"
                                + " [key]");
            }
        } finally {
            server.destroy();
        }
    }

    private static GeneratorRegistry registry(String yaml, String key) {
        return GeneratorRegistry.load(TriptychConfig.builder()
                .yaml(yaml)
                .environment(Map.of("STUDIO_KEY", key))
                .build());
    }

    private static Path folder() throws URISyntaxException {
        URL url = StudioExampleTest.class.getResource("/studio/triptych.yaml");
        assertThat(url).isNotNull();
        return Optional.ofNullable(Path.of(url.toURI()).getParent()).orElseThrow();
    }

    private static Path standaloneJar() throws URISyntaxException {
        Path jar = Path.of(WireMockServer.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        assumeTrue(Files.isRegularFile(jar), "WireMock is not in a jar of its own here");
        return jar;
    }

    /** What the banner says once the server is up. */
    private static String port(Process server) throws IOException {
        BufferedReader output =
                new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
        String line = output.readLine();
        while (line != null) {
            Matcher matcher = PORT.matcher(line);
            if (matcher.find()) {
                return matcher.group(1);
            }
            line = output.readLine();
        }
        throw new IOException("the server ended before it said its port");
    }
}
