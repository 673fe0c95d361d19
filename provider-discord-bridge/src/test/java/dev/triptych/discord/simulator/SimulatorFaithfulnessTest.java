package dev.triptych.discord.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the simulator answers has the form that Discord publishes. */
@Timeout(30)
class SimulatorFaithfulnessTest {

    private final SimulatedDiscord discord = SimulatedDiscord.start();
    private final SimulatedUser bot = discord.addBot("bot", true);
    private final String channel = discord.addChannel("art");
    private final OkHttpClient http = new OkHttpClient();
    private SchemaCheck schemas;

    @BeforeEach
    void load() throws IOException {
        Path file = Path.of(System.getProperty("triptych.reference", "no-such-place"), "specs", "discord-openapi.json");
        assumeTrue(Files.exists(file), "Discord's OpenAPI file is not on this machine");
        schemas = SchemaCheck.load(file);
    }

    @AfterEach
    void stop() {
        discord.close();
    }

    private JsonNode get(String path) throws IOException {
        return call(new Request.Builder().url(discord.restBase() + path));
    }

    private JsonNode call(Request.Builder request) throws IOException {
        request.header("Authorization", "Bot " + bot.token());
        try (Response response = http.newCall(request.build()).execute()) {
            assertThat(response.header("via")).isNotNull();
            return Nodes.read(response.body().string());
        }
    }

    @Test
    void answersInTheFormThatDiscordPublishes() throws IOException {
        assertThat(schemas.differences("UserPIIResponse", get("users/@me"))).isEmpty();
        assertThat(schemas.differences("PrivateApplicationResponse", get("applications/@me")))
                .isEmpty();
        assertThat(schemas.differences("GatewayBotResponse", get("gateway/bot")))
                .isEmpty();
        assertThat(schemas.differences("GuildChannelResponse", get("channels/" + channel)))
                .isEmpty();
        assertThat(schemas.differences("GuildWithCountsResponse", get("guilds/" + discord.guild())))
                .isEmpty();
        assertThat(schemas.differences(
                        "GuildRoleResponse",
                        get("guilds/" + discord.guild() + "/roles").path(0)))
                .isEmpty();
        assertThat(schemas.differences(
                        "GuildMemberResponse", get("guilds/" + discord.guild() + "/members/" + bot.id())))
                .isEmpty();
    }

    @Test
    void writesMessagesInTheFormThatDiscordPublishes() throws IOException {
        ObjectNode plain =
                Nodes.object().put("content", "hello <@" + bot.id() + ">").put("nonce", "n1");
        ObjectNode first = discord.post(channel, bot, plain, List.of());
        ObjectNode answer = Nodes.object().put("content", "here");
        answer.putObject("message_reference").put("message_id", first.path("id").asText());
        answer.putArray("embeds").addObject().put("title", "note").put("color", 1);
        answer.putArray("components")
                .addObject()
                .put("type", 1)
                .putArray("components")
                .addObject()
                .put("type", 2)
                .put("style", 2)
                .put("label", "U1")
                .put("custom_id", "u1");
        ObjectNode second =
                discord.post(channel, bot, answer, List.of(SimulatedFile.png("x.png", Pictures.plain("x", 1, 4, 4))));
        Optional<ObjectNode> edited =
                discord.edit(channel, first.path("id").asText(), Nodes.object().put("content", "bye"), List.of());

        assertThat(edited).isPresent();
        JsonNode all = get("channels/" + channel + "/messages?limit=10");
        assertThat(all).hasSize(2);
        for (JsonNode message : all) {
            assertThat(schemas.differences("MessageResponse", message)).isEmpty();
        }
        assertThat(second.path("type").asInt()).isEqualTo(19);
        JsonNode posted = call(new Request.Builder()
                .url(discord.restBase() + "channels/" + channel + "/messages")
                .post(RequestBody.create("{\"content\":\"x\",\"nonce\":\"n2\"}", MediaType.get("application/json"))));
        assertThat(schemas.differences("MessageResponse", posted)).isEmpty();
    }

    @Test
    void refusesInTheFormThatDiscordPublishes() throws IOException {
        discord.faults().next(Faults.Place.OTHER_REST, Faults.Fault.LIMITED_USER);
        assertThat(schemas.differences("RatelimitedResponse", get("users/@me"))).isEmpty();
        assertThat(schemas.differences("ErrorResponse", get("channels/1"))).isEmpty();
        assertThat(schemas.differences("MessageResponse", get("channels/1"))).isNotEmpty();
    }
}
