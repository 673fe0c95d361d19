package dev.triptych.examples.quickstart;

import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.discord.DiscordImageGenerator;
import dev.triptych.discord.DiscordSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Asks an image bot on a Discord server; with {@code --demo} a simulated server whose bot answers in plain colours. */
public final class RelayFox {

    private RelayFox() {}

    /** Writes the first picture of a grid of four into the folder {@code arguments[0]}. */
    public static void main(String... arguments) throws Exception {
        boolean demo = List.of(arguments).contains("--demo");
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        try (StandInDiscord standIn = StandInDiscord.startIf(demo);
                ImageGenerator generator = new DiscordImageGenerator(demo ? standIn.settings(folder) : yours())) {
            ImageResult result = generator.generate(ImageRequest.builder()
                    .prompt("a red fox in the snow --ar 1:1")
                    .count(4)
                    .build());
            result.images().get(0).writeTo(folder.resolve("fox.png"));
            System.out.println("a bot answered with " + result.images().size() + " pictures");
        }
    }

    private static DiscordSettings yours() {
        return DiscordSettings.builder()
                .token(System.getenv("DISCORD_TOKEN"))
                .channel(System.getenv("DISCORD_CHANNEL"))
                .trustedAuthors(List.of(System.getenv("DISCORD_IMAGE_BOT")))
                .build();
    }
}
