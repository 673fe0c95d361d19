package dev.triptych.cli;

import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.TriptychConfig;
import dev.triptych.discord.DiscordCheck;
import dev.triptych.discord.DiscordGeneratorFactory;
import dev.triptych.examples.discordbot.DiscordBot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code triptych discord}: the image bot of one's own, and a look at whether a relay can work. */
@Command(
        name = "discord",
        mixinStandardHelpOptions = true,
        description = "Runs an image bot on your Discord server, or checks a relay's settings.",
        subcommands = {DiscordCommand.Bot.class, DiscordCommand.Check.class})
final class DiscordCommand implements Callable<Integer> {

    private static final String TYPE = "discord";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    DiscordCommand() {}

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return 0;
    }

    /** {@code triptych discord bot}: runs until it is stopped. */
    @Command(
            name = "bot",
            mixinStandardHelpOptions = true,
            description = "Runs the image bot until it is stopped: /imagine, mentions and buttons on your own server.")
    static final class Bot implements Callable<Integer> {

        @Option(names = "--config", paramLabel = "FILE", required = true, description = "The bot's own configuration.")
        @SuppressWarnings("NullAway.Init") // picocli sets it before call
        private Path config;

        Bot() {}

        @Override
        public Integer call() throws InterruptedException {
            if (!Files.isRegularFile(config)) {
                throw new IllegalArgumentException("the bot's configuration does not exist: " + config);
            }
            OneLineLog.tellWhatHappens();
            DiscordBot.main("--config", config.toString());
            return 0;
        }
    }

    /** {@code triptych discord check}: each thing that a relay needs, in one line. */
    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = "Looks at a relay's token, channel, permissions and intents, and explains what is missing.")
    static final class Check implements Callable<Integer> {

        @Option(
                names = "--generator",
                paramLabel = "NAME",
                description = "A generator of type discord. Default: the only one in the configuration.")
        private @Nullable String generator;

        @Mixin
        private final ConfigOption config = new ConfigOption();

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before call
        private CommandSpec spec;

        Check() {}

        @Override
        public Integer call() {
            GeneratorSettings settings = settings(config.load());
            List<DiscordCheck.Finding> findings = DiscordCheck.run(DiscordGeneratorFactory.read(settings));
            findings.forEach(spec.commandLine().getOut()::println);
            return findings.stream().allMatch(DiscordCheck.Finding::ok) ? 0 : Main.FAILED;
        }

        private GeneratorSettings settings(TriptychConfig configuration) {
            if (generator != null) {
                return configuration.generator(generator);
            }
            List<GeneratorSettings> relays = configuration.generatorNames().stream()
                    .filter(name -> configuration.type(name).equals(TYPE))
                    .map(configuration::generator)
                    .toList();
            if (relays.size() != 1) {
                throw new IllegalArgumentException(
                        "the configuration must have one generator of type discord, or --generator name one, but has "
                                + relays.size());
            }
            return relays.get(0);
        }
    }
}
