package dev.triptych.examples.quickstart;

import dev.triptych.discord.DiscordSettings;
import dev.triptych.discord.simulator.SimulatedDiscord;
import dev.triptych.discord.simulator.SimulatedImageBot;
import dev.triptych.discord.simulator.SimulatedUser;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A Discord server on this machine, the simulator that the relay's own tests run against, with an image bot that
 * answers in plain colours. Thread-safe.
 */
final class StandInDiscord implements AutoCloseable {

    /** A server, the bot that relays and the bot that answers. */
    private record Server(SimulatedDiscord discord, SimulatedUser relay, SimulatedUser artist, SimulatedImageBot bot) {}

    private final Optional<Server> server;

    private StandInDiscord(Optional<Server> server) {
        this.server = server;
    }

    /** Starts one, if {@code wanted}; else there is none. */
    static StandInDiscord startIf(boolean wanted) {
        if (!wanted) {
            return new StandInDiscord(Optional.empty());
        }
        SimulatedDiscord discord = SimulatedDiscord.start();
        SimulatedUser relay = discord.addBot("relay", true);
        SimulatedUser artist = discord.addBot("artist", true);
        SimulatedImageBot bot = new SimulatedImageBot(discord, artist);
        bot.script(SimulatedImageBot.Script.usual().grid(512, 512));
        return new StandInDiscord(Optional.of(new Server(discord, relay, artist, bot)));
    }

    /** A relay on it, whose journal is in {@code folder}. */
    DiscordSettings settings(Path folder) {
        Server started = server.orElseThrow();
        return DiscordSettings.builder()
                .restBase(started.discord().restBase())
                .cdnHosts(List.of(started.discord().cdnHost()))
                .token(started.relay().token())
                .channel(started.discord().addChannel("art"))
                .trustedAuthors(List.of(started.artist().id()))
                .journal(folder.resolve("journal"))
                .build();
    }

    @Override
    public void close() {
        server.ifPresent(each -> {
            each.bot().close();
            each.discord().close();
        });
    }
}
