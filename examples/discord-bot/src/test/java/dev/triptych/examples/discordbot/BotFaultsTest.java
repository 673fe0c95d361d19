package dev.triptych.examples.discordbot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Capabilities;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.discord.simulator.Faults.Fault;
import dev.triptych.discord.simulator.Faults.Place;
import dev.triptych.discord.simulator.SimulatedDiscord;
import dev.triptych.discord.simulator.SimulatedUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The bot through JDA while Discord and people go wrong. JDA's start takes some seconds. */
@Timeout(90)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BotFaultsTest {

    private static final long PATIENCE_SECONDS = 40;

    private final SimulatedDiscord discord = SimulatedDiscord.start();
    private final SimulatedUser artist = discord.addBot("artist", false);
    private final SimulatedUser mona = discord.addPerson("mona");
    private final String channel = discord.addChannel("art");
    private final String other = discord.addChannel("other");
    private final ColorGenerator colors = new ColorGenerator();
    private final BlockingQueue<JsonNode> results = new LinkedBlockingQueue<>();
    private final BlockingQueue<JsonNode> waiting = new LinkedBlockingQueue<>();
    private volatile CountDownLatch hold = new CountDownLatch(0);
    private Path kept;
    private DiscordBot bot;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        kept = folder;
        discord.observe((type, message) -> {
            boolean ours = message.path("author").path("id").asText().equals(artist.id());
            boolean last = !message.path("attachments").isEmpty()
                    || !message.path("embeds").isEmpty();
            if (type.equals("MESSAGE_CREATE") && ours) {
                (last ? results : waiting).add(message);
            }
        });
        bot = startBot();
    }

    private DiscordBot startBot() throws InterruptedException {
        BotConfig config = new BotConfig(
                artist.token(),
                discord.restBase(),
                discord.gatewayUrl(),
                List.of(),
                List.of(),
                "",
                "",
                20,
                50,
                20,
                1,
                List.of("gore"),
                List.of());
        return DiscordBot.start(config, holding(), (picture, name) -> Files.write(kept.resolve(name), picture));
    }

    /** Paints when it is let. */
    private ImageGenerator holding() {
        return new ImageGenerator() {
            @Override
            public ImageResult generate(ImageRequest request, GenerationContext context) {
                try {
                    hold.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return colors.generate(request, context);
            }

            @Override
            public Capabilities capabilities() {
                return colors.capabilities();
            }

            @Override
            public GeneratorInfo info() {
                return colors.info();
            }

            @Override
            public void close() {}
        };
    }

    @BeforeEach
    void forget() {
        results.clear();
        waiting.clear();
    }

    @AfterAll
    void stop() {
        bot.close();
        discord.close();
    }

    private String ask(String text) {
        return ask(channel, text);
    }

    private String ask(String where, String text) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("content", "<@" + artist.id() + "> " + text);
        return discord.post(where, mona, body, List.of()).path("id").asText();
    }

    private JsonNode result() throws InterruptedException {
        JsonNode result = results.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(result).isNotNull();
        return result;
    }

    private static String requestOf(JsonNode result) {
        return result.path("message_reference").path("message_id").asText();
    }

    private static String titleOf(JsonNode note) {
        return note.path("embeds").path(0).path("title").asText();
    }

    private static String explanationOf(JsonNode note) {
        return note.path("embeds").path(0).path("description").asText();
    }

    @Test
    void paintsWhatWasAskedWhileItsSessionWasLost() throws Exception {
        int before = discord.sessions().identifies();
        discord.sessions().forgetSessions();
        discord.sessions().closeAll(artist.id(), 4009);
        discord.sessions().cutAll(artist.id());
        String request = ask("imagine a fox in the gap --seed 5");

        assertThat(requestOf(result())).isEqualTo(request);
        assertThat(discord.sessions().identifies()).isGreaterThan(before);
        assertThat(results.poll(300, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void paintsTheButtonThatWasPressedBeforeARestart() throws Exception {
        ask("imagine a whale --seed 3");
        JsonNode grid = result();
        waiting.clear();
        hold = new CountDownLatch(1);
        press("V2", grid);
        assertThat(waiting.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();

        bot.close();
        hold.countDown();
        bot = startBot();

        JsonNode variations = result();
        assertThat(variations.path("content").asText())
                .isEqualTo("**a whale --seed 3** - Variations by <@" + mona.id() + "> (fast)");
        assertThat(results.poll(300, TimeUnit.MILLISECONDS)).isNull();
    }

    private void press(String label, JsonNode message) {
        ObjectNode press = JsonNodeFactory.instance.objectNode();
        press.put("component_type", 2).put("custom_id", "triptych:" + label).put("id", 1);
        discord.interact(
                artist,
                mona,
                channel,
                3,
                press,
                discord.message(channel, message.path("id").asText()));
    }

    @Test
    void paintsNothingThatIsWithdrawnAtOnce() throws Exception {
        int painted = colors.painted.get();
        for (int i = 0; i < 5; i++) {
            discord.delete(channel, ask("imagine a fox that nobody wants " + i));
        }
        String wanted = ask("imagine one picture of a fox --seed 4");

        JsonNode result = result();
        while (!requestOf(result).equals(wanted)) {
            result = result();
        }

        assertThat(colors.painted.get() - painted).isEqualTo(4);
    }

    @Test
    void saysItAgainWhenDiscordFails() throws Exception {
        discord.faults().next(Place.POST_MESSAGE, Fault.ERROR_BEFORE, Fault.ERROR_AFTER);
        String request = ask("imagine a fox in a storm --seed 6");

        assertThat(requestOf(result())).isEqualTo(request);
        assertThat(waiting).hasSize(1);
    }

    @Test
    void goesOnWhenAChannelIsGone() throws Exception {
        String doomed = discord.addChannel("doomed");
        hold = new CountDownLatch(1);
        ask(doomed, "imagine a fox --seed 8");
        discord.removeChannel(doomed);
        hold.countDown();

        String request = ask("imagine a fox after that --seed 9");

        assertThat(requestOf(result())).isEqualTo(request);
    }

    @Test
    void answersAMentionThatIsTooLong() throws Exception {
        String request = ask("imagine " + "fox ".repeat(480));

        JsonNode note = result();

        assertThat(requestOf(note)).isEqualTo(request);
        assertThat(titleOf(note)).isEqualTo("Invalid parameter");
        assertThat(explanationOf(note)).isEqualTo("prompt must be at most 1600 characters but was 1919");
    }

    @Test
    void answersACommandThatIsTooLong() throws Exception {
        ObjectNode command = JsonNodeFactory.instance.objectNode();
        command.put("id", discord.nextId()).put("name", "imagine").put("type", 1);
        command.putArray("options")
                .addObject()
                .put("name", "prompt")
                .put("type", 3)
                .put("value", "fox ".repeat(1400));

        String interaction = discord.interact(artist, mona, channel, 2, command, Optional.empty());

        JsonNode answer = answer(interaction).path("data");
        assertThat(answer.path("flags").asInt()).isEqualTo(64);
        assertThat(explanationOf(answer)).isEqualTo("prompt must be at most 1600 characters but was 5599");
    }

    private JsonNode answer(String interaction) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() < until) {
            Optional<ObjectNode> answer = discord.answer(interaction);
            if (answer.isPresent()) {
                return answer.get();
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("the interaction was not answered");
    }

    @Test
    void answersAButtonThatIsNotThere() throws Exception {
        String alone = ask("V3");
        JsonNode first = result();
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("content", "<@" + artist.id() + "> press Zoom");
        body.putObject("message_reference").put("message_id", alone);
        discord.post(channel, mona, body, List.of());
        JsonNode second = result();

        assertThat(explanationOf(first))
                .isEqualTo("A button must be one of a picture of this bot that the message answers, but it answers"
                        + " none.");
        assertThat(explanationOf(second))
                .isEqualTo("A button must be one of a picture of this bot that the message answers, but that message"
                        + " does not offer Zoom.");
    }

    @Test
    void readsAMessageAgainThatCameWithoutItsFiles() throws Exception {
        ask("imagine an owl --seed 3");
        JsonNode grid = result();
        discord.bareReferences(true);
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("content", "<@" + artist.id() + "> U2");
        body.putObject("message_reference").put("message_id", grid.path("id").asText());

        discord.post(channel, mona, body, List.of());

        JsonNode upscaled = result();
        discord.bareReferences(false);
        assertThat(upscaled.path("content").asText()).startsWith("**an owl --seed 3** - Image #2 <@");
        assertThat(upscaled.path("attachments").path(0).path("width").asInt()).isEqualTo(16);
    }

    @Test
    void worksInEveryChannelThatItSees() throws Exception {
        String request = ask(other, "imagine a fox elsewhere --seed 2");

        assertThat(requestOf(result())).isEqualTo(request);
    }
}
