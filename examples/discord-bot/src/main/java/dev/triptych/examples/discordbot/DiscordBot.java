package dev.triptych.examples.discordbot;

import dev.triptych.ImageGenerator;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import dev.triptych.storage.KeptPictures;
import dev.triptych.storage.UserFolders;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import net.dv8tion.jda.api.JDA;
import net.dv8tion.jda.api.JDABuilder;
import net.dv8tion.jda.api.requests.GatewayIntent;
import net.dv8tion.jda.api.requests.RestConfig;
import net.dv8tion.jda.api.utils.SessionControllerAdapter;
import net.dv8tion.jda.api.utils.cache.CacheFlag;

/**
 * The image bot: {@code /imagine}, mentions and buttons on one's own server, any Triptych generator behind them.
 *
 * <pre>{@code
 * java -cp … dev.triptych.examples.discordbot.DiscordBot --config bot.yaml
 * }</pre>
 */
public final class DiscordBot implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(DiscordBot.class.getName());

    private final JDA jda;
    private final JobRunner runner;
    private final BotEvents events;

    private DiscordBot(JDA jda, JobRunner runner, BotEvents events) {
        this.jda = jda;
        this.runner = runner;
        this.events = events;
    }

    /** Runs the bot of {@code --config FILE} until the process ends. */
    public static void main(String... arguments) throws InterruptedException {
        List<String> words = List.of(arguments);
        int option = words.indexOf("--config");
        if (option < 0 || option + 1 >= words.size()) {
            throw new IllegalArgumentException("expected --config FILE but found " + words);
        }
        BotConfig config = BotConfig.load(Path.of(words.get(option + 1)));
        try (GeneratorRegistry registry = GeneratorRegistry.load(triptych(config))) {
            ImageGenerator generator =
                    config.generator().isEmpty() ? registry.defaultGenerator() : registry.generator(config.generator());
            try (DiscordBot bot = start(config, generator)) {
                LOG.log(System.Logger.Level.INFO, "the image bot is up as " + bot.userId());
                bot.jda.awaitShutdown();
            }
        }
    }

    private static TriptychConfig triptych(BotConfig config) {
        return config.generatorConfig().isEmpty()
                ? TriptychConfig.builtIn()
                : TriptychConfig.load(UserFolders.expand(config.generatorConfig()));
    }

    /** Starts a bot that paints with {@code generator}; returns when it is ready. The generator stays the caller's. */
    public static DiscordBot start(BotConfig config, ImageGenerator generator) throws InterruptedException {
        return start(
                config, generator, (picture, fileName) -> KeptPictures.ofUser().keep(picture, fileName));
    }

    /** Starts a bot that keeps pictures which it could not post with {@code keeper}. */
    static DiscordBot start(BotConfig config, ImageGenerator generator, JobRunner.PictureKeeper keeper)
            throws InterruptedException {
        Clock clock = Clock.systemUTC();
        ChannelMessages messages = new ChannelMessages(clock);
        JobRunner runner = new JobRunner(
                new JobQueue(config.queuePerUser(), config.queueTotal()),
                new Painter(generator, config.steps(), RandomGenerator.getDefault()),
                Moderation.words(config.bannedWords(), config.adultWords()),
                messages,
                keeper,
                clock,
                Thread::sleep,
                config.editMillis());
        BotEvents events = new BotEvents(config, runner, messages::connect);
        JDABuilder builder = JDABuilder.createLight(config.token(), GatewayIntent.GUILD_MESSAGES)
                .disableCache(List.of(CacheFlag.values()))
                .setEnableShutdownHook(false)
                .setRestConfig(new RestConfig().setBaseUrl(withSlash(config.restBase())))
                .addEventListeners(events);
        if (!config.gatewayUrl().isEmpty()) {
            builder.setSessionController(new FixedGateway(config.gatewayUrl()));
        }
        runner.start();
        try {
            JDA jda = builder.build();
            jda.awaitReady();
            return new DiscordBot(jda, runner, events);
        } catch (RuntimeException | InterruptedException e) {
            events.close();
            runner.close();
            throw e;
        }
    }

    private static String withSlash(String address) {
        return address.endsWith("/") ? address : address + "/";
    }

    /** The bot's user id: what a relay lists under {@code trusted-authors}. */
    public String userId() {
        return jda.getSelfUser().getId();
    }

    @Override
    public void close() {
        events.close();
        runner.close();
        jda.shutdownNow();
        try {
            if (!jda.awaitShutdown(Duration.ofSeconds(5))) {
                LOG.log(System.Logger.Level.WARNING, "the connection to Discord is still closing");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** JDA asks the session controller where the gateway is. */
    private static final class FixedGateway extends SessionControllerAdapter {
        private final String url;

        FixedGateway(String url) {
            this.url = url;
        }

        @Override
        public String getGateway() {
            return url;
        }
    }
}
