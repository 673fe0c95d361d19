package dev.triptych.examples.discordbot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ContentRejectedException;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import dev.triptych.discord.DiscordImageGenerator;
import dev.triptych.discord.DiscordSettings;
import dev.triptych.discord.simulator.Pictures;
import dev.triptych.discord.simulator.SimulatedDiscord;
import dev.triptych.discord.simulator.SimulatedUser;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The bot through JDA and the relay, both unchanged, on one simulated server. JDA's start takes some seconds. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DiscordBotTest {

    private final SimulatedDiscord discord = SimulatedDiscord.start();
    private final SimulatedUser relayBot = discord.addBot("relay", false);
    private final SimulatedUser artist = discord.addBot("artist", false);
    private final SimulatedUser mona = discord.addPerson("mona");
    private final String channel = discord.addChannel("art");
    private final ColorGenerator generator = new ColorGenerator();
    private final BlockingQueue<JsonNode> results = new LinkedBlockingQueue<>();
    private DiscordBot bot;
    private DiscordImageGenerator relay;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        discord.observe((type, message) -> {
            boolean ours = message.path("author").path("id").asText().equals(artist.id());
            boolean last = !message.path("attachments").isEmpty()
                    || !message.path("embeds").isEmpty();
            if (type.equals("MESSAGE_CREATE") && ours && last) {
                results.add(message);
            }
        });
        bot = DiscordBot.start(config(), generator);
        relay = new DiscordImageGenerator(DiscordSettings.builder()
                .restBase(discord.restBase())
                .cdnHosts(List.of(discord.cdnHost()))
                .token(relayBot.token())
                .channel(channel)
                .trustedAuthors(List.of(bot.userId()))
                .journal(directory)
                .timeout(Duration.ofSeconds(30))
                .build());
    }

    private BotConfig config() {
        return new BotConfig(
                artist.token(),
                discord.restBase(),
                discord.gatewayUrl(),
                List.of(channel),
                List.of(relayBot.id()),
                "",
                "",
                3,
                50,
                20,
                1,
                List.of("gore"),
                List.of("nude"));
    }

    @AfterAll
    void stop() {
        relay.close();
        bot.close();
        discord.close();
    }

    @Test
    void servesTheRelayFromGridToUpscaleToVariation() {
        ImageResult grid = relay.generate(ImageRequest.builder()
                .prompt("a red fox --chaos 20")
                .count(4)
                .seed(7)
                .build());

        for (int tile = 0; tile < 4; tile++) {
            assertThat(Pictures.colorOf(grid.images().get(tile).bytes()))
                    .isEqualTo(Pictures.color("a red fox", 7 + tile));
        }
        assertThat(grid.warnings())
                .extracting(GenerationWarning::message)
                .containsExactly("the image bot could not follow --chaos 20");

        ImageResult upscaled = relay.generate(follow(grid.images().get(1), Operation.UPSCALE, 1));
        ImageResult variation = relay.generate(follow(grid.images().get(1), Operation.VARIATION, 4));

        assertThat(upscaled.image().width()).isEqualTo(16);
        assertThat(Pictures.colorOf(upscaled.image().bytes())).isEqualTo(Pictures.color("a red fox", 8));
        assertThat(variation.images()).hasSize(4);
    }

    private static ImageRequest follow(GeneratedImage image, Operation operation, int count) {
        return ImageRequest.builder()
                .reference(new ImageReference("discord", image.imageId().orElseThrow(), operation))
                .count(count)
                .build();
    }

    @Test
    void tellsTheRelayThatAPromptIsRefused() {
        assertThatThrownBy(() -> relay.generate("a fox in Gore"))
                .isInstanceOf(ContentRejectedException.class)
                .hasMessage("the image bot must make pictures but answered \"Banned prompt detected\"");
    }

    @Test
    void answersAPersonsCommandAndButton() throws Exception {
        results.clear();
        ObjectNode command = JsonNodeFactory.instance.objectNode();
        command.put("id", discord.nextId()).put("name", "imagine").put("type", 1);
        command.putArray("options")
                .addObject()
                .put("name", "prompt")
                .put("type", 3)
                .put("value", "a blue whale --seed 3");

        discord.interact(artist, mona, channel, 2, command, Optional.empty());
        JsonNode grid = results.poll(20, TimeUnit.SECONDS);

        assertThat(grid).isNotNull();
        assertThat(grid.path("content").asText()).isEqualTo("**a blue whale --seed 3** - <@" + mona.id() + "> (fast)");
        assertThat(grid.path("components").size()).isEqualTo(2);

        ObjectNode press = JsonNodeFactory.instance.objectNode();
        press.put("component_type", 2).put("custom_id", "triptych:U2").put("id", 1);
        Optional<ObjectNode> message = discord.message(channel, grid.path("id").asText());
        discord.interact(artist, mona, channel, 3, press, message);
        JsonNode upscaled = results.poll(20, TimeUnit.SECONDS);

        assertThat(upscaled).isNotNull();
        assertThat(upscaled.path("content").asText())
                .isEqualTo("**a blue whale --seed 3** - Image #2 <@" + mona.id() + "> (fast)");
    }

    @Test
    void keepsAdultWordsToAgeRestrictedChannels() throws Exception {
        results.clear();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("content", "<@" + artist.id() + "> imagine a nude statue");

        discord.post(channel, mona, body, List.of());
        JsonNode note = results.poll(20, TimeUnit.SECONDS);

        assertThat(note).isNotNull();
        assertThat(note.path("embeds").path(0).path("title").asText())
                .isEqualTo("Banned prompt detected: only in age-restricted channels");
    }

    @Test
    void takesUpWhatWasAskedWhileItWasAway() throws Exception {
        bot.close();
        results.clear();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("content", "<@" + artist.id() + "> imagine a green frog --seed 5");
        String request = discord.post(channel, mona, body, List.of()).path("id").asText();

        bot = DiscordBot.start(config(), generator);
        JsonNode grid = results.poll(20, TimeUnit.SECONDS);

        assertThat(grid).isNotNull();
        assertThat(grid.path("message_reference").path("message_id").asText()).isEqualTo(request);
        assertThat(results.poll(500, TimeUnit.MILLISECONDS)).isNull();
    }
}
