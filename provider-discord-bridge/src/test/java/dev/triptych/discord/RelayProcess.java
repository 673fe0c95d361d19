package dev.triptych.discord;

import dev.triptych.GenerationContext;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A relay in a process of its own, for a test that kills it: one request, then the end. */
final class RelayProcess {

    private RelayProcess() {}

    /** Arguments: REST base, CDN host, token, channel, image bot, journal, request id, prompt. */
    public static void main(String... arguments) {
        GenerationContext context =
                GenerationContext.builder().requestId(arguments[6]).build();
        try (DiscordImageGenerator relay = new DiscordImageGenerator(settings(arguments))) {
            relay.generate(RelayFixture.grid(arguments[7]), context);
        }
    }

    static DiscordSettings settings(String... arguments) {
        return DiscordSettings.builder()
                .restBase(arguments[0])
                .cdnHosts(List.of(arguments[1]))
                .token(arguments[2])
                .channel(arguments[3])
                .trustedAuthors(List.of(arguments[4]))
                .journal(Path.of(arguments[5]))
                .timeout(Duration.ofSeconds(20))
                .previews(false)
                .gatewayTiming(RelayFixture.QUICK)
                .build();
    }

    /** Starts {@code main} with the arguments for {@code fixture} and {@code journal}, and then {@code more}. */
    static Process start(Class<?> main, RelayFixture fixture, Path journal, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main.getName(),
                fixture.discord.restBase(),
                fixture.discord.cdnHost(),
                fixture.relayBot.token(),
                fixture.channel,
                fixture.artist.id(),
                journal.toString()));
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
