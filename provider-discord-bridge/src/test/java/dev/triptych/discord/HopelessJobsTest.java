package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.GenerationHandle;
import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.discord.simulator.Faults.Fault;
import dev.triptych.discord.simulator.Faults.Place;
import dev.triptych.discord.simulator.SimulatedDiscord;
import dev.triptych.discord.simulator.SimulatedImageBot.Ending;
import dev.triptych.discord.simulator.SimulatedImageBot.Script;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What makes a job hopeless is known at once and named. The deadline is ten minutes away, so a test that waited for it
 * would fail by its own time limit.
 */
@Timeout(60)
class HopelessJobsTest {

    private static final long VIEW_CHANNEL = 1L << 10;

    @TempDir
    Path directory;

    private RelayFixture fixture;
    private final BlockingQueue<JsonNode> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() {
        fixture = new RelayFixture(directory);
        fixture.imageBot.script(Script.usual().ending(Ending.SILENCE));
        fixture.discord.observe((type, message) -> {
            if (type.equals("MESSAGE_CREATE")) {
                boolean own = message.path("author").path("id").asText().equals(fixture.relayBot.id());
                (own ? requests : answers).add(message);
            }
        });
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    private DiscordSettings.Builder patient() {
        return fixture.settings().timeout(Duration.ofMinutes(10)).reconcileAfter(Duration.ofMillis(100));
    }

    /** A job whose message is on Discord. */
    private GenerationHandle posted() throws InterruptedException {
        return posted(patient());
    }

    private GenerationHandle posted(DiscordSettings.Builder settings) throws InterruptedException {
        GenerationHandle handle = fixture.relay(settings).submit(RelayFixture.grid("a red fox"), event -> {});
        assertThat(answers.poll(10, TimeUnit.SECONDS)).isNotNull();
        return handle;
    }

    private static <E extends ImageGenerationException> E failure(Class<E> type, GenerationHandle handle) {
        E error = catchThrowableOfType(type, handle::result);
        assertThat(error).isNotNull();
        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
        return error;
    }

    @Test
    void endsWithTheChannel() throws Exception {
        GenerationHandle handle = posted();

        fixture.discord.removeChannel(fixture.channel);

        assertThat(failure(UnexpectedResponseException.class, handle))
                .hasMessage("a result must come in the job's channel but the channel was deleted");
    }

    @Test
    void endsWithTheBotsPlaceOnTheServer() throws Exception {
        GenerationHandle handle = posted();

        fixture.discord.expel(fixture.relayBot);

        assertThat(failure(UnexpectedResponseException.class, handle))
                .hasMessage("a result must come in the job's channel but the bot is no longer on the server");
    }

    @Test
    void endsWithThePermissionToSeeTheChannel() throws Exception {
        GenerationHandle handle = posted();

        fixture.discord.permissions(SimulatedDiscord.ALL_PERMISSIONS & ~VIEW_CHANNEL);

        assertThat(failure(AuthenticationException.class, handle))
                .hasMessage("a result must come in the job's channel but GET /channels/{}/messages failed with HTTP"
                        + " 403: the bot cannot see the channel (permission VIEW_CHANNEL)");
    }

    @Test
    void takesItsJobUpWhenThePermissionIsBack() throws Exception {
        GenerationHandle handle = posted();
        fixture.discord.permissions(SimulatedDiscord.ALL_PERMISSIONS & ~VIEW_CHANNEL);
        failure(AuthenticationException.class, handle);

        fixture.discord.permissions(SimulatedDiscord.ALL_PERMISSIONS);

        fixture.imageBot.script(Script.usual());
        assertThat(fixture.relay().generate(RelayFixture.grid("another")).images())
                .hasSize(4);
    }

    @Test
    void endsWithItsOwnRequest() throws Exception {
        GenerationHandle handle = posted();
        String request = requests.take().path("id").asText();

        fixture.discord.delete(fixture.channel, request);

        assertThat(failure(ContentRejectedException.class, handle))
                .hasMessage("a result must answer message " + request
                        + " but that was deleted, probably by a moderator, and nothing came");
    }

    @Test
    void hearsOfADeletionThatTheGatewayDidNotTell() throws Exception {
        GenerationHandle handle = posted();
        String request = requests.take().path("id").asText();
        while (answers.poll(200, TimeUnit.MILLISECONDS) != null) {
            // The bot says its last.
        }

        fixture.discord.faults().next(Place.EVENT, Fault.LOST);
        fixture.discord.delete(fixture.channel, request);

        failure(ContentRejectedException.class, handle);
    }

    @Test
    void hearsOfAWithdrawalThatTheGatewayDidNotTell() throws Exception {
        fixture.imageBot.script(Script.usual().ending(Ending.SILENCE).progress(0));
        GenerationHandle handle = fixture.relay(patient()).submit(RelayFixture.grid("a red fox"), event -> {});
        String progress = answers.take().path("id").asText();
        while (fixture.discord
                .message(fixture.channel, progress)
                .orElseThrow()
                .path("edited_timestamp")
                .isNull()) {
            Thread.onSpinWait();
        }

        fixture.discord.faults().next(Place.EVENT, Fault.LOST);
        fixture.discord.delete(fixture.channel, progress);

        assertThatThrownBy(handle::result)
                .isInstanceOf(ContentRejectedException.class)
                .hasMessage("a result must follow the progress message but that was deleted and nothing came:"
                        + " probably moderation");
    }

    @Test
    void deliversAResultThatWasThereBeforeItsRequestWasDeleted() throws Exception {
        fixture.imageBot.script(Script.usual());
        for (int event = 0; event < 6; event++) {
            fixture.discord.faults().next(Place.EVENT, Fault.NONE);
        }
        fixture.discord.faults().next(Place.EVENT, Fault.LOST);
        GenerationHandle handle = fixture.relay(patient().reconcileAfter(Duration.ofMinutes(5)))
                .submit(RelayFixture.grid("a red fox"), event -> {});
        JsonNode last = answers.take();
        while (last.path("components").isEmpty()) {
            last = answers.take();
        }

        fixture.discord.delete(fixture.channel, requests.take().path("id").asText());

        assertThat(handle.result().images()).hasSize(4);
    }

    @Test
    void waitsThroughAnOutageOfTheServer() throws Exception {
        fixture.imageBot.script(Script.usual().step(30));
        GenerationHandle handle = fixture.relay(patient()).submit(RelayFixture.grid("a red fox"), event -> {});
        assertThat(requests.take()).isNotNull();

        fixture.discord.outage();

        assertThat(handle.result().images()).hasSize(4);
    }

    @Test
    void namesAForumAsNoPlaceForMessages() {
        fixture.discord.channelType(fixture.channel, 15);

        assertThatThrownBy(() -> fixture.relay(patient()).generate("a red fox"))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("channel must be one to post messages in but " + fixture.channel
                        + " is a forum, which holds posts only: name one of its posts, by its id");
    }

    @Test
    void namesAnArchivedThread() {
        fixture.discord.archive(fixture.channel);

        assertThatThrownBy(() -> fixture.relay(patient()).generate("a red fox"))
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("POST /channels/{}/messages failed with HTTP 400: the thread is archived; unarchive it, or"
                        + " name a channel that stays open");
    }
}
