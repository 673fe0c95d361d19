package dev.triptych.discord;

import dev.triptych.Cancellation;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.Operation;
import dev.triptych.discord.simulator.Pictures;
import dev.triptych.discord.simulator.SimulatedDiscord;
import dev.triptych.discord.simulator.SimulatedImageBot;
import dev.triptych.discord.simulator.SimulatedUser;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A simulated server with a relay bot, an image bot and a channel, and relays on it. */
final class RelayFixture implements AutoCloseable {

    /** Everything that takes seconds on Discord takes milliseconds here. */
    static final GatewayTiming QUICK = new GatewayTiming(2_000, 2_000, 10, 200, 1_000, 5, 20);

    final SimulatedDiscord discord = SimulatedDiscord.start();
    final SimulatedUser relayBot = discord.addBot("relay", true);
    final SimulatedUser artist = discord.addBot("artist", true);
    final SimulatedUser person = discord.addPerson("mona");
    final String channel = discord.addChannel("art");
    final SimulatedImageBot imageBot = new SimulatedImageBot(discord, artist);
    final List<GenerationEvent> events = new CopyOnWriteArrayList<>();
    private final Path directory;
    private final List<DiscordImageGenerator> opened = new ArrayList<>();

    RelayFixture(Path directory) {
        this.directory = directory;
    }

    DiscordSettings.Builder settings() {
        return DiscordSettings.builder()
                .name("artist")
                .restBase(discord.restBase())
                .cdnHosts(List.of(discord.cdnHost()))
                .token(relayBot.token())
                .channel(channel)
                .trustedAuthors(List.of(artist.id()))
                .journal(directory.resolve("journal"))
                .timeout(Duration.ofSeconds(20))
                .reconcileAfter(Duration.ofMillis(150))
                .grace(Duration.ofMillis(150))
                .restTimeout(Duration.ofMillis(800))
                .gatewayTiming(QUICK);
    }

    DiscordImageGenerator relay() {
        return relay(settings());
    }

    DiscordImageGenerator relay(DiscordSettings.Builder settings) {
        return relay(settings, new RelayEnvironment(Clock.systemUTC(), BRISK, new SplittableRandom()));
    }

    /**
     * Real time, but nobody sleeps for long: pauses between attempts are cut, waits for a limit are looked at again.
     */
    static final MonotonicTime BRISK = new MonotonicTime() {
        @Override
        public long millis() {
            return MonotonicTime.system().millis();
        }

        @Override
        public void sleep(long millis, @Nullable Cancellation cancellation) throws InterruptedException {
            MonotonicTime.system().sleep(Math.min(millis, 15), cancellation);
        }
    };

    DiscordImageGenerator relay(DiscordSettings.Builder settings, RelayEnvironment world) {
        DiscordImageGenerator relay = new DiscordImageGenerator(settings.build(), world);
        opened.add(relay);
        return relay;
    }

    GenerationContext listening() {
        return GenerationContext.builder().listener(events::add).build();
    }

    static ImageRequest grid(String prompt) {
        return ImageRequest.builder().prompt(prompt).count(4).seed(7).build();
    }

    static ImageRequest upscale(GeneratedImage tile) {
        return ImageRequest.builder()
                .reference(new ImageReference("discord", tile.imageId().orElseThrow(), Operation.UPSCALE))
                .build();
    }

    /** What the simulated bot repeats of {@link #grid(String)}. */
    static String repeated(String prompt) {
        return prompt + " --seed 7";
    }

    static boolean isTile(GeneratedImage image, String repeated, int tile) {
        return Pictures.colorOf(image.bytes()) == Pictures.color(repeated, tile);
    }

    @Override
    public void close() {
        opened.forEach(DiscordImageGenerator::close);
        imageBot.close();
        discord.close();
    }
}
