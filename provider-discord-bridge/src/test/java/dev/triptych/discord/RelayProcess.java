package dev.triptych.discord;

import dev.triptych.GenerationContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A relay in a process of its own, for a test that kills it: one request, then the end. */
final class RelayProcess {

    private RelayProcess() {}

    /** Arguments: REST base, CDN host, token, channel, image bot, journal, request id, prompt. */
    public static void main(String... arguments) {
        DiscordSettings settings = DiscordSettings.builder()
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
        GenerationContext context =
                GenerationContext.builder().requestId(arguments[6]).build();
        try (DiscordImageGenerator relay = new DiscordImageGenerator(settings)) {
            relay.generate(RelayFixture.grid(arguments[7]), context);
        }
    }
}
