package dev.triptych.examples.discordbot;

import dev.triptych.ImageGenerator;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
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
    private final Studio studio;
    private final BotEvents events;

    private DiscordBot(JDA jda, Studio studio, BotEvents events) {
        this.jda = jda;
        this.studio = studio;
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
        Clock clock = Clock.systemUTC();
        ChannelAnswers answers = new ChannelAnswers(clock);
        Studio studio = new Studio(
                new PaintQueue(config.queuePerUser(), config.queueTotal()),
                new Painter(generator, config.steps(), RandomGenerator.getDefault()),
                Moderation.words(config.bannedWords(), config.adultWords()),
                answers,
                clock,
                config.editMillis());
        BotEvents events = new BotEvents(config, studio, answers::connect);
        JDABuilder builder = JDABuilder.createLight(config.token(), GatewayIntent.GUILD_MESSAGES)
                .disableCache(List.of(CacheFlag.values()))
                .setEnableShutdownHook(false)
                .setRestConfig(new RestConfig().setBaseUrl(withSlash(config.restBase())))
                .addEventListeners(events);
        if (!config.gatewayUrl().isEmpty()) {
            builder.setSessionController(new FixedGateway(config.gatewayUrl()));
        }
        studio.start();
        JDA jda = builder.build();
        jda.awaitReady();
        return new DiscordBot(jda, studio, events);
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
        studio.close();
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
