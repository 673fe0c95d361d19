package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationHandle;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.discord.simulator.Pictures;
import dev.triptych.discord.simulator.SimulatedFile;
import dev.triptych.discord.simulator.SimulatedUser;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A person runs the command by hand; here the test is the person, and the image service's bot. */
@Timeout(30)
class HandoffTest {

    @TempDir
    Path directory;

    private RelayFixture fixture;
    private SimulatedUser service;
    private final BlockingQueue<JsonNode> wishes = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() {
        fixture = new RelayFixture(directory);
        service = fixture.discord.addBot("service", true);
        fixture.discord.observe((type, message) -> {
            boolean own = message.path("author").path("id").asText().equals(fixture.relayBot.id());
            if (type.equals("MESSAGE_CREATE") && own) {
                wishes.add(message);
            }
        });
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    private DiscordImageGenerator relay(boolean watching) {
        return fixture.relay(fixture.settings()
                .mode(DiscordMode.HANDOFF)
                .person(fixture.person.id())
                .trustedAuthors(List.of(service.id()))
                .watchChannel(watching));
    }

    private static ImageRequest fox(long seed) {
        return ImageRequest.builder()
                .prompt("a red fox --stylize 250")
                .count(4)
                .seed(seed)
                .build();
    }

    private JsonNode wish() throws InterruptedException {
        JsonNode wish = wishes.poll(10, TimeUnit.SECONDS);
        assertThat(wish).isNotNull();
        return wish;
    }

    private ObjectNode serve(String content, String picture, Optional<String> answers) {
        ObjectNode body = Json.object().put("content", content);
        answers.ifPresent(id -> body.putObject("message_reference").put("message_id", id));
        ObjectNode row = body.putArray("components").addObject().put("type", 1);
        for (String label : List.of("U1", "U2", "V1", "V2")) {
            row.withArray("components")
                    .addObject()
                    .put("type", 2)
                    .put("style", 2)
                    .put("label", label)
                    .put("custom_id", "MJ::" + label);
        }
        byte[] png = content.contains("Image #") ? Pictures.plain(picture, 1, 8, 8) : Pictures.grid(picture, 16, 16);
        return fixture.discord.post(fixture.channel, service, body, List.of(SimulatedFile.png("x.png", png)));
    }

    @Test
    void asksAPersonAndKnowsTheResultByItsSeed() throws Exception {
        GenerationHandle handle = relay(true).submit(fox(7), event -> {});
        String wish = wish().path("content").asText();

        serve("**something that the bot wrote anew --seed 8** - <@1> (fast)", "other", Optional.empty());
        serve("**a red fox, rewritten --seed 7 --v 8.1** - <@1> (fast)", "ours", Optional.empty());

        assertThat(wish)
                .startsWith("<@" + fixture.person.id() + "> please run this here:\n```\n"
                        + "/imagine prompt: a red fox --seed 7 --stylize 250\n```\n-# job ");
        ImageResult result = handle.result();
        assertThat(RelayFixture.isTile(result.images().get(3), "ours", 4)).isTrue();
    }

    @Test
    void listsTheCandidatesWhenASeedFitsTwoJobs() throws Exception {
        DiscordImageGenerator relay = relay(true);
        GenerationHandle first = relay.submit(fox(7), event -> {});
        wish();
        GenerationHandle second = relay.submit(fox(7), event -> {});
        wish();

        String one = serve("**a red fox --seed 7** - <@1> (fast)", "one", Optional.empty())
                .path("id")
                .asText();

        for (GenerationHandle handle : List.of(first, second)) {
            assertThatThrownBy(handle::result)
                    .isInstanceOf(UnexpectedResponseException.class)
                    .hasMessageMatching("a result must belong to one job but message " + one
                            + " fits jobs [0-9a-f]{16}, [0-9a-f]{16}");
        }
    }

    @Test
    void importsAPictureThatAPersonPointsAt() throws Exception {
        GenerationHandle handle = relay(false).submit(fox(7), event -> {});
        wish();
        serve("**a red fox --seed 7** - <@1> (fast)", "not pointed at", Optional.empty());
        ObjectNode grid = serve("**a red fox --seed 7** - <@1> (fast)", "ours", Optional.empty());

        String interaction = use(grid);

        assertThat(RelayFixture.isTile(handle.result().image(), "ours", 1)).isTrue();
        assertThat(answer(interaction).path("data").path("content").asText()).startsWith("Imported into job ");
    }

    /** The person uses the message command on {@code message}. */
    private String use(ObjectNode message) {
        return use(message, fixture.person, fixture.channel);
    }

    private String use(ObjectNode message, SimulatedUser who, String where) {
        String id = message.path("id").asText();
        ObjectNode choice = Json.object()
                .put("id", "1")
                .put("name", "Import into job")
                .put("type", 3)
                .put("target_id", id);
        choice.putObject("resolved")
                .putObject("messages")
                .set(id, fixture.discord.message(fixture.channel, id).orElseThrow());
        return fixture.discord.interact(fixture.relayBot, who, where, 2, choice, Optional.empty());
    }

    private String said(String interaction) {
        return answer(interaction).path("data").path("content").asText();
    }

    @Test
    void importsForNobodyButThePersonWhoIsAsked() throws Exception {
        GenerationHandle handle = relay(false).submit(fox(7), event -> {});
        wish();
        ObjectNode grid = serve("**a red fox --seed 7** - <@1> (fast)", "ours", Optional.empty());
        SimulatedUser stranger = fixture.discord.addPerson("leo");

        assertThat(said(use(grid, stranger, fixture.channel)))
                .isEqualTo("Only the person who is asked to run the commands can import here.");
        assertThat(said(use(grid, fixture.person, fixture.discord.addChannel("elsewhere"))))
                .isEqualTo("This relay works in another channel.");
        assertThat(handle.isDone()).isFalse();

        use(grid);
        assertThat(RelayFixture.isTile(handle.result().image(), "ours", 1)).isTrue();
    }

    @Test
    void takesTheChoiceOfNobodyButWhoWasAsked() throws Exception {
        DiscordImageGenerator relay =
                fixture.relay(fixture.settings().mode(DiscordMode.HANDOFF).trustedAuthors(List.of(service.id())));
        GenerationHandle handle = relay.submit(fox(7), event -> {});
        String job = wish().path("content")
                .asText()
                .replaceFirst("(?s).*-# job ", "")
                .strip();
        ObjectNode grid = serve("**a red fox** - <@1> (fast)", "ours", Optional.empty());
        ObjectNode choice = Json.object().put("component_type", 3);
        choice.put(
                "custom_id",
                answer(use(grid))
                        .path("data")
                        .path("components")
                        .path(0)
                        .path("components")
                        .path(0)
                        .path("custom_id")
                        .asText());
        choice.putArray("values").add(job);

        SimulatedUser other = fixture.discord.addPerson("leo");
        assertThat(said(fixture.discord.interact(
                        fixture.relayBot, other, fixture.channel, 3, choice, Optional.empty())))
                .isEqualTo("Somebody else was asked that.");
        fixture.discord.interact(fixture.relayBot, fixture.person, fixture.channel, 3, choice, Optional.empty());

        assertThat(RelayFixture.isTile(handle.result().image(), "ours", 1)).isTrue();
    }

    private JsonNode answer(String interaction) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (System.nanoTime() < until) {
            Optional<ObjectNode> answer = fixture.discord.answer(interaction);
            if (answer.isPresent()) {
                return answer.get();
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("the interaction was not answered");
    }

    @Test
    void asksThePersonWhereTheSeedFitsNoJob() throws Exception {
        DiscordImageGenerator relay = relay(false);
        GenerationHandle first = relay.submit(fox(7), event -> {});
        String job = wish().path("content")
                .asText()
                .replaceFirst("(?s).*-# job ", "")
                .strip();
        ObjectNode grid = serve("**a red fox** - <@1> (fast)", "ours", Optional.empty());

        JsonNode question = answer(use(grid));
        JsonNode select = question.path("data")
                .path("components")
                .path(0)
                .path("components")
                .path(0);
        assertThat(select.path("options").findValuesAsText("value")).containsExactly(job);
        ObjectNode choice = Json.object().put("component_type", 3);
        choice.put("custom_id", select.path("custom_id").asText());
        choice.putArray("values").add(job);
        fixture.discord.interact(fixture.relayBot, fixture.person, fixture.channel, 3, choice, Optional.empty());

        assertThat(RelayFixture.isTile(first.result().image(), "ours", 1)).isTrue();
    }

    @Test
    void importsNothingByAStranger() throws Exception {
        GenerationHandle handle = relay(false).submit(fox(7), event -> {});
        wish();
        ObjectNode body = Json.object().put("content", "**a red fox --seed 7** - <@1> (fast)");
        ObjectNode forged = fixture.discord.post(
                fixture.channel,
                fixture.person,
                body,
                List.of(SimulatedFile.png("x.png", Pictures.grid("forged", 8, 8))));

        assertThat(answer(use(forged)).path("data").path("content").asText())
                .isEqualTo("That message is not by an author that this relay trusts.");
        assertThat(handle.isDone()).isFalse();
        handle.cancel();
    }

    @Test
    void asksForAButtonAndKnowsTheResultByItsParentAndTile() throws Exception {
        DiscordImageGenerator relay = relay(true);
        GenerationHandle handle = relay.submit(fox(7), event -> {});
        wish();
        String parent = serve("**a red fox --seed 7** - <@1> (fast)", "ours", Optional.empty())
                .path("id")
                .asText();
        GeneratedImage second = handle.result().images().get(1);

        GenerationHandle upscale = relay.submit(
                ImageRequest.builder()
                        .reference(
                                new ImageReference("discord", second.imageId().orElseThrow(), Operation.UPSCALE))
                        .build(),
                event -> {});
        assertThat(wish().path("content").asText()).contains("please press **U2** below this picture.");
        serve("**a red fox --seed 7** - Image #1 <@1>", "wrong", Optional.of(parent));
        serve("**a red fox --seed 7** - Image #2 <@1>", "right", Optional.of(parent));

        assertThat(RelayFixture.isTile(upscale.result().image(), "right", 1)).isTrue();
    }
}
