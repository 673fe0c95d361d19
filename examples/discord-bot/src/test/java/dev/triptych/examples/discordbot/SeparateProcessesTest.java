package dev.triptych.examples.discordbot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.GenerationHandle;
import dev.triptych.ImageRequest;
import dev.triptych.discord.DiscordImageGenerator;
import dev.triptych.discord.DiscordSettings;
import dev.triptych.discord.simulator.Pictures;
import dev.triptych.discord.simulator.SimulatedDiscord;
import dev.triptych.discord.simulator.SimulatedUser;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The image bot in a process of its own, killed in the middle of its jobs and started again. */
@Timeout(120)
class SeparateProcessesTest {

    private static final int JOBS = 12;

    @TempDir
    Path directory;

    private final SimulatedDiscord discord = SimulatedDiscord.start();
    private final SimulatedUser relayBot = discord.addBot("relay", false);
    private final SimulatedUser artist = discord.addBot("artist", false);
    private final String channel = discord.addChannel("art");

    @Test
    void servesEveryJobAlthoughItWasKilledOnTheWay() throws Exception {
        List<GenerationHandle> handles = new ArrayList<>();
        try (discord;
                DiscordImageGenerator relay = relay()) {
            for (int i = 0; i < JOBS; i++) {
                handles.add(relay.submit(
                        ImageRequest.builder()
                                .prompt("fox " + i)
                                .seed(i)
                                .count(4)
                                .build(),
                        event -> {}));
            }
            Process first = startBot();
            handles.get(0).result();
            first.destroyForcibly();
            assertThat(first.waitFor(10, TimeUnit.SECONDS)).isTrue();
            Process second = startBot();
            try {
                for (int i = 0; i < JOBS; i++) {
                    byte[] tile = handles.get(i).result().images().get(1).bytes();
                    assertThat(Pictures.colorOf(tile)).isEqualTo(Pictures.color("fox " + i, i + 1));
                }
            } finally {
                second.destroyForcibly();
            }
        }
    }

    private DiscordImageGenerator relay() {
        return new DiscordImageGenerator(DiscordSettings.builder()
                .restBase(discord.restBase())
                .cdnHosts(List.of(discord.cdnHost()))
                .token(relayBot.token())
                .channel(channel)
                .trustedAuthors(List.of(artist.id()))
                .journal(directory)
                .timeout(Duration.ofSeconds(60))
                .build());
    }

    private Process startBot() throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        BotProcess.class.getName(),
                        artist.token(),
                        discord.restBase(),
                        discord.gatewayUrl(),
                        channel,
                        relayBot.id()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
