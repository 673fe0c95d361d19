package dev.triptych.examples.discordbot;

import dev.triptych.ImageRequest;
import dev.triptych.discord.DiscordImageGenerator;
import dev.triptych.discord.DiscordSettings;
import dev.triptych.discord.simulator.SimulatedDiscord;
import dev.triptych.discord.simulator.SimulatedUser;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Many jobs through the relay and the bot in one process, with a look at the heap. Run by hand: {@code BotSoak [jobs]}.
 */
final class BotSoak {

    private BotSoak() {}

    public static void main(String... arguments) throws IOException, InterruptedException, ExecutionException {
        int jobs = arguments.length == 0 ? 500 : Integer.parseInt(arguments[0]);
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
                1000,
                1000,
                20,
                2000,
                List.of(),
                List.of());
        ExecutorService threads = Executors.newFixedThreadPool(10);
        try (DiscordBot bot = DiscordBot.start(config, new ColorGenerator());
                DiscordImageGenerator relay = new DiscordImageGenerator(DiscordSettings.builder()
                        .restBase(discord.restBase())
                        .cdnHosts(List.of(discord.cdnHost()))
                        .token(relayBot.token())
                        .channel(channel)
                        .trustedAuthors(List.of(bot.userId()))
                        .journal(Files.createTempDirectory("bot-soak"))
                        .timeout(Duration.ofMinutes(5))
                        .build())) {
            for (int round = 0; round * 100 < jobs; round++) {
                long began = System.nanoTime();
                run(threads, relay, round);
                discord.forgetMessages();
                print(
                        "jobs %d to %d: %.1f s, heap %d KiB",
                        round * 100, round * 100 + 99, (System.nanoTime() - began) / 1e9, used() >> 10);
            }
        } finally {
            threads.shutdownNow();
            discord.close();
        }
    }

    private static void run(ExecutorService threads, DiscordImageGenerator relay, int round)
            throws InterruptedException, ExecutionException {
        List<Callable<Integer>> work = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int seed = round * 100 + i;
            work.add(() -> relay.generate(ImageRequest.builder()
                            .prompt("a fox")
                            .seed(seed)
                            .count(4)
                            .build())
                    .images()
                    .size());
        }
        for (Future<Integer> each : threads.invokeAll(work)) {
            each.get();
        }
    }

    private static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @SuppressWarnings("SystemOut") // This is the program's output.
    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
