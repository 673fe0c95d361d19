package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.GenerationContext;
import dev.triptych.ImageResult;
import dev.triptych.discord.simulator.SimulatedImageBot.Script;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A relay in another process is killed without warning; this process takes its journal over. */
@Timeout(60)
class KilledProcessTest {

    private static final String PROMPT = "a red fox";

    @TempDir
    Path directory;

    private RelayFixture fixture;

    @BeforeEach
    void start() {
        fixture = new RelayFixture(directory);
        fixture.imageBot.script(Script.usual().step(60));
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void findsTheJobOfAProcessKilledWhenItsMessageArrived() throws Exception {
        killWhen((type, message) -> author(message).equals(fixture.relayBot.id()));
        assertTakenOver();
    }

    @Test
    void findsTheJobOfAProcessKilledWhenItsPictureArrived() throws Exception {
        killWhen((type, message) -> author(message).equals(fixture.artist.id())
                && type.equals("MESSAGE_CREATE")
                && !message.path("components").isEmpty());
        assertTakenOver();
    }

    private static String author(JsonNode message) {
        return message.path("author").path("id").asText();
    }

    private void killWhen(BiPredicate<String, JsonNode> moment) throws IOException, InterruptedException {
        CountDownLatch now = new CountDownLatch(1);
        fixture.discord.observe((type, message) -> {
            if (moment.test(type, message)) {
                now.countDown();
            }
        });
        Process process = RelayProcess.start(RelayProcess.class, fixture, directory.resolve("journal"), "one", PROMPT);
        try {
            assertThat(now.await(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    private void assertTakenOver() {
        GenerationContext context = GenerationContext.builder().requestId("one").build();

        ImageResult result = fixture.relay().generate(RelayFixture.grid(PROMPT), context);

        assertThat(RelayFixture.isTile(result.image(), RelayFixture.repeated(PROMPT), 1))
                .isTrue();
        assertThat(fixture.imageBot.asked())
                .hasSize(1)
                .allSatisfy((job, times) -> assertThat(times).isEqualTo(1));
    }
}
