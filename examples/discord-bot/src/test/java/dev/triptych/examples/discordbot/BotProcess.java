package dev.triptych.examples.discordbot;

import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The bot in a process of its own, for a test. Arguments: token, REST base, gateway, channel, relay. */
final class BotProcess {

    private BotProcess() {}

    public static void main(String... arguments) throws InterruptedException {
        BotConfig config = new BotConfig(
                arguments[0],
                arguments[1],
                arguments[2],
                List.of(arguments[3]),
                List.of(arguments[4]),
                "",
                "",
                50,
                100,
                20,
                1,
                List.of(),
                List.of());
        try (DiscordBot bot = DiscordBot.start(config, new ColorGenerator())) {
            new CountDownLatch(1).await();
            bot.userId();
        }
    }
}
