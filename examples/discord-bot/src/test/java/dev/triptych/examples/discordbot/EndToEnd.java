package dev.triptych.examples.discordbot;

import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.discord.DiscordImageGenerator;
import dev.triptych.discord.DiscordSettings;
import dev.triptych.discord.simulator.SimulatedDiscord;
import dev.triptych.discord.simulator.SimulatedUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Simulated Discord, the bot with the bundled checkpoint, and the relay, in one process: a grid, its second tile
 * upscaled, and a variation of that, written as PNG. Run by hand: {@code EndToEnd DIRECTORY [prompt]}.
 */
final class EndToEnd {

    private EndToEnd() {}

    public static void main(String... arguments) throws IOException, InterruptedException {
        Path directory = Files.createDirectories(Path.of(arguments[0]));
        String prompt = arguments.length > 1 ? arguments[1] : "a red fox in the snow";
        SimulatedDiscord discord = SimulatedDiscord.start();
        SimulatedUser relayBot = discord.addBot("relay", false);
        SimulatedUser artist = discord.addBot("artist", false);
        String channel = discord.addChannel("art");
        BotConfig config = new BotConfig(
                artist.token(),
                discord.restBase(),
                discord.gatewayUrl(),
                List.of(channel),
                List.of(relayBot.id()),
                "",
                "",
                10,
                10,
                20,
                500,
                List.of(),
                List.of());
        try (GeneratorRegistry registry = GeneratorRegistry.load();
                DiscordBot bot = DiscordBot.start(config, registry.defaultGenerator());
                DiscordImageGenerator relay = new DiscordImageGenerator(DiscordSettings.builder()
                        .restBase(discord.restBase())
                        .cdnHosts(List.of(discord.cdnHost()))
                        .token(relayBot.token())
                        .channel(channel)
                        .trustedAuthors(List.of(bot.userId()))
                        .journal(directory.resolve("journal"))
                        .timeout(Duration.ofMinutes(10))
                        .build())) {
            ImageResult grid = relay.generate(
                    ImageRequest.builder().prompt(prompt).seed(7).count(4).build(), watching());
            for (int i = 0; i < 4; i++) {
                grid.images().get(i).writeTo(directory.resolve("grid-" + (i + 1) + ".png"));
            }
            GeneratedImage second = grid.images().get(1);
            relay.generate(press(second, Operation.UPSCALE, 1), watching())
                    .image()
                    .writeTo(directory.resolve("u2.png"));
            ImageResult variation = relay.generate(press(second, Operation.VARIATION, 4), watching());
            for (int i = 0; i < 4; i++) {
                variation.images().get(i).writeTo(directory.resolve("v2-" + (i + 1) + ".png"));
            }
        } finally {
            discord.close();
        }
    }

    private static ImageRequest press(GeneratedImage image, Operation operation, int count) {
        return ImageRequest.builder()
                .reference(new ImageReference("discord", image.imageId().orElseThrow(), operation))
                .count(count)
                .build();
    }

    @SuppressWarnings("SystemOut") // This is the program's output.
    private static GenerationContext watching() {
        return GenerationContext.builder()
                .listener(event -> {
                    if (!(event instanceof GenerationEvent.Preview)) {
                        System.out.println(event);
                    }
                })
                .build();
    }
}
