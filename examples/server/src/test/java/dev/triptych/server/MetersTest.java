package dev.triptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.testkit.FaultyGenerator;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetersTest {

    @TempDir
    private Path folder;

    @Test
    void prometheusHearsHowJobsEnded() throws Exception {
        ServerSettings settings = ServerSettings.standard(folder).withPort(0).withMetrics();
        try (TestServer server = TestServer.with(settings, FaultyGenerator.named("offline"))) {
            server.ended(server.submit("{\"prompt\": \"a fox\"}"));

            assertThat(server.get("/metrics").body())
                    .contains("triptych_jobs_total{generator=\"offline\",status=\"completed\"} 1.0")
                    .contains("triptych_jobs_waiting 0.0");
        }
    }

    @Test
    void nobodyHearsWhereItWasNotAskedFor() throws Exception {
        try (TestServer server = TestServer.with(folder, FaultyGenerator.named("offline"))) {
            assertThat(server.get("/metrics").statusCode()).isEqualTo(404);
        }
    }
}
