package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.GenerationHandle;
import dev.triptych.ImageFetchException;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.RateLimitedException;
import dev.triptych.UnexpectedResponseException;
import dev.triptych.UnsupportedRequestException;
import dev.triptych.discord.simulator.Faults.Fault;
import dev.triptych.discord.simulator.Faults.Place;
import dev.triptych.discord.simulator.Pictures;
import dev.triptych.discord.simulator.SimulatedFile;
import dev.triptych.discord.simulator.SimulatedImageBot.Ending;
import dev.triptych.discord.simulator.SimulatedImageBot.Script;
import dev.triptych.discord.simulator.SimulatedUser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What Discord, the network and the other side can do wrong, each ordered on purpose. The numbers are those of the list
 * in the module's README; {@link GatewayCoreTest} has what belongs to the gateway alone.
 */
@Timeout(30)
class FaultsTest {

    private static final String PROMPT = "a red fox";

    @TempDir
    Path directory;

    private RelayFixture fixture;
    private final BlockingQueue<JsonNode> requests = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() {
        fixture = new RelayFixture(directory);
        fixture.discord.observe((type, message) -> {
            boolean own = message.path("author").path("id").asText().equals(fixture.relayBot.id());
            if (type.equals("MESSAGE_CREATE") && own) {
                requests.add(message);
            }
        });
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    private void assertWholeGrid(ImageResult result) {
        assertThat(result.images()).hasSize(4);
        for (int tile = 1; tile <= 4; tile++) {
            assertThat(RelayFixture.isTile(result.images().get(tile - 1), RelayFixture.repeated(PROMPT), tile))
                    .isTrue();
        }
        assertThat(fixture.imageBot.asked())
                .hasSize(1)
                .allSatisfy((job, times) -> assertThat(times).isEqualTo(1));
    }

    private ImageResult grid() {
        return fixture.relay().generate(RelayFixture.grid(PROMPT));
    }

    /** Our own message, waiting, 0 %, 31 %, 93 %, deleted, result. */
    private void onEvent(int number, Fault fault) {
        for (int i = 1; i < number; i++) {
            fixture.discord.faults().next(Place.EVENT, Fault.NONE);
        }
        fixture.discord.faults().next(Place.EVENT, fault);
    }

    // 1 to 5, 8, 9, 26: the gateway breaks, at every event of a job.

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    void fault01ResumesAfterADroppedSocketAndHearsWhatItMissed(int event) {
        onEvent(event, Fault.DROP);

        assertWholeGrid(grid());
        assertThat(fixture.discord.sessions().identifies()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    void fault02FindsTheResultByReadingTheChannelWhenTheSessionIsLost(int event) {
        onEvent(event, Fault.DROP_SESSION);

        assertWholeGrid(grid());
    }

    @Test
    void fault03ResumesAfterAMissedAnswerToAHeartbeat() {
        fixture.discord.sessions().heartbeatMillis(40);
        fixture.discord.faults().next(Place.HEARTBEAT, Fault.NO_ACK, Fault.NO_ACK);
        fixture.imageBot.script(Script.usual().step(60));

        assertWholeGrid(grid());
        assertThat(fixture.discord.sessions().resumes()).isPositive();
    }

    @ParameterizedTest
    @EnumSource(names = {"INVALID_RESUMABLE", "INVALID", "RECONNECT", "TWICE", "LOST", "LATE", "CORRUPT", "BLANK"})
    void fault04To10SurvivesWhatEventsCanSuffer(Fault fault) {
        for (int event = 0; event < 7; event++) {
            fixture.discord.faults().next(Place.EVENT, fault);
        }

        assertWholeGrid(grid());
    }

    @Test
    void fault05ReconnectsWhenToldToBeforeHello() {
        fixture.discord.faults().next(Place.CONNECT, Fault.RECONNECT, Fault.CLOSED);

        assertWholeGrid(grid());
    }

    @Test
    void fault06FailsAtOnceWithTheReasonWhenTheTokenIsRefused() {
        DiscordImageGenerator relay =
                fixture.relay(fixture.settings().token("wrong").gatewayUrl(fixture.discord.gatewayUrl()));

        assertThatThrownBy(() -> relay.generate(PROMPT))
                .isInstanceOf(AuthenticationException.class)
                .hasMessage("token must be a valid bot token but Discord refused it");
    }

    @Test
    void fault06FailsOpenJobsWhenTheTokenIsRevoked() throws Exception {
        fixture.imageBot.script(Script.usual().ending(Ending.SILENCE));
        GenerationHandle handle = fixture.relay().submit(RelayFixture.grid(PROMPT), event -> {});
        assertThat(requests.poll(10, TimeUnit.SECONDS)).isNotNull();

        fixture.discord.revoke(fixture.relayBot);

        assertThatThrownBy(handle::result).isInstanceOf(AuthenticationException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009, 4321})
    void fault06HearsOfTheResultAfterEveryCloseThatMayBeRepaired(int code) {
        closeAtTheFirstMessage(code);
        boolean anew = code == 4007 || code == 4009;

        assertWholeGrid(grid());
        assertThat(fixture.discord.sessions().identifies()).isEqualTo(anew ? 2 : 1);
        assertThat(fixture.discord.sessions().resumes()).isEqualTo(anew ? 0 : 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {4004, 4010, 4011, 4012, 4013, 4014})
    void fault06ConnectsNoMoreAfterACloseThatIsForGood(int code) {
        closeAtTheFirstMessage(code);
        fixture.imageBot.script(Script.usual().ending(Ending.SILENCE));
        DiscordImageGenerator relay = fixture.relay();

        assertThatThrownBy(() -> relay.generate(RelayFixture.grid(PROMPT)))
                .isInstanceOf(ImageGenerationException.class)
                .hasMessage(CloseCode.of(code).meaning());
        assertThatThrownBy(() -> relay.generate("another"))
                .isInstanceOf(ImageGenerationException.class)
                .hasMessage(CloseCode.of(code).meaning());
        assertThat(fixture.discord.sessions().identifies()).isEqualTo(1);
        assertThat(fixture.discord.sessions().resumes()).isZero();
        assertThat(fixture.discord.sessions().connections(fixture.relayBot.id()))
                .isZero();
        assertThat(requests).hasSize(1);
    }

    private void closeAtTheFirstMessage(int code) {
        fixture.imageBot.script(Script.usual().step(20));
        AtomicBoolean closed = new AtomicBoolean();
        fixture.discord.observe((type, message) -> {
            if (closed.compareAndSet(false, true)) {
                fixture.discord.sessions().closeAll(fixture.relayBot.id(), code);
            }
        });
    }

    @Test
    void fault07LeavesTimeBetweenIdentifiesThatAreRefused() {
        for (int i = 0; i < 4; i++) {
            fixture.discord.faults().next(Place.IDENTIFY, Fault.INVALID);
        }
        GatewayTiming spaced = new GatewayTiming(5_000, 5_000, 1, 2, 1_000, 200, 5);

        assertWholeGrid(fixture.relay(fixture.settings().gatewayTiming(spaced)).generate(RelayFixture.grid(PROMPT)));

        List<Long> times = fixture.discord.sessions().identifiedAt();
        assertThat(times).hasSize(5);
        // Four spaces of 200 ms, less what the first identify may have been late.
        assertThat(times.get(4) - times.get(0)).isGreaterThanOrEqualTo(600);
    }

    @Test
    void fault07BacksOffFromAGatewayThatClosesAtOnce() {
        for (int i = 0; i < 8; i++) {
            fixture.discord.faults().next(Place.CONNECT, Fault.CLOSED);
        }
        long began = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());

        assertWholeGrid(grid());

        List<Long> times = fixture.discord.sessions().identifiedAt();
        assertThat(times).hasSize(1);
        // At least the halves of 10, 20, 40, 80, 160 and three times 200 ms.
        assertThat(times.get(0) - began).isGreaterThanOrEqualTo(455);
    }

    @Test
    void fault07BeginsNoSessionBeyondTheDaysLimit() {
        fixture.discord.sessions().sessionLimit(0, 400);
        long began = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());

        assertWholeGrid(grid());

        List<Long> times = fixture.discord.sessions().identifiedAt();
        assertThat(times).hasSize(1);
        assertThat(times.get(0) - began).isGreaterThanOrEqualTo(400);
    }

    @Test
    void fault09ManagesWhenTheAnswerToThePostComesAfterTheEvents() {
        fixture.discord.faults().next(Place.POST_MESSAGE, Fault.SLOW_AFTER);

        assertWholeGrid(fixture.relay(fixture.settings().restTimeout(Duration.ofSeconds(5)))
                .generate(RelayFixture.grid(PROMPT)));
    }

    @Test
    void fault10NeverTellsOfProgressThatGoesBack() {
        fixture.imageBot.script(Script.usual().progress(50, 20, 93, 31).step(20));

        fixture.relay().generate(RelayFixture.grid(PROMPT), fixture.listening());

        List<Integer> steps = new ArrayList<>();
        for (GenerationEvent event : fixture.events) {
            if (event instanceof GenerationEvent.Progress progress) {
                steps.add(progress.step());
            }
        }
        assertThat(steps).isSorted().doesNotHaveDuplicates();
    }

    // 11 to 15: the other side.

    @Test
    void fault11TellsEqualPromptsApartThoughTheyFinishInReverse() {
        DiscordImageGenerator relay = fixture.relay();
        List<GenerationHandle> handles = new ArrayList<>();
        for (long step : new long[] {60, 30, 2}) {
            fixture.imageBot.script(Script.usual().step(step));
            handles.add(
                    relay.submit(ImageRequest.builder().prompt(PROMPT).count(4).build(), event -> {}));
            poll();
        }

        for (GenerationHandle handle : handles) {
            GeneratedImage first = handle.result().image();
            String repeated = PROMPT + " --seed " + first.seed().orElseThrow();
            assertThat(RelayFixture.isTile(first, repeated, 1)).isTrue();
        }
        assertThat(fixture.imageBot.asked()).hasSize(3);
    }

    private JsonNode poll() {
        try {
            JsonNode message = requests.poll(10, TimeUnit.SECONDS);
            assertThat(message).isNotNull();
            return message;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void fault12And13TakesADeletedProgressMessageForARefusal() {
        fixture.imageBot.script(Script.usual().ending(Ending.DELETED));

        assertThatThrownBy(this::grid)
                .isInstanceOf(ContentRejectedException.class)
                .hasMessage("a result must follow the progress message but that was deleted and nothing came:"
                        + " probably moderation");
    }

    @Test
    void fault12GivesNothingUpWhileTheChannelCannotBeRead() {
        fixture.discord.faults().next(Place.EVENT, Fault.NONE, Fault.NONE, Fault.NONE, Fault.NONE, Fault.NONE);
        fixture.discord.faults().next(Place.EVENT, Fault.NONE, Fault.LOST);
        DiscordImageGenerator relay = fixture.relay(fixture.settings().reconcileAfter(Duration.ofSeconds(10)));
        GenerationHandle handle = relay.submit(RelayFixture.grid(PROMPT), event -> {});
        poll();
        for (int i = 0; i < 8; i++) {
            fixture.discord.faults().next(Place.OTHER_REST, Fault.ERROR_BEFORE);
        }

        assertWholeGrid(handle.result());
    }

    @Test
    void fault13TellsThatAJobWasStopped() {
        fixture.imageBot.script(Script.usual().ending(Ending.STOPPED));

        assertThatThrownBy(this::grid).isInstanceOf(ContentRejectedException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void fault13TellsOfARedNoteWhetherItAnswersTheRequestOrTheProgress(boolean refers) {
        fixture.imageBot.script(Script.usual().keys(true, refers).ending(Ending.BANNED));

        assertThatThrownBy(this::grid)
                .isInstanceOf(ContentRejectedException.class)
                .hasMessage("the image bot must make pictures but answered \"Banned prompt detected\"");
    }

    @Test
    void fault14EndsAtTheDeadlineAndDoesNotPostAgainWhenAskedAgain() {
        fixture.imageBot.script(Script.usual().ending(Ending.SILENCE));
        DiscordImageGenerator relay = fixture.relay(fixture.settings().timeout(Duration.ofMillis(900)));
        GenerationContext context = GenerationContext.builder().requestId("one").build();

        for (int i = 0; i < 2; i++) {
            ProviderUnavailableException late = catchThrowableOfType(
                    ProviderUnavailableException.class, () -> relay.generate(RelayFixture.grid(PROMPT), context));
            assertThat(late).hasMessage("a result must come before the deadline but the job was at 93 % then");
            assertThat(late.outcome()).isEqualTo(Outcome.UNKNOWN);
        }

        assertThat(fixture.imageBot.asked())
                .hasSize(1)
                .allSatisfy((job, times) -> assertThat(times).isEqualTo(1));
    }

    @Test
    void fault15TellsThatTheQueueIsFull() {
        fixture.imageBot.script(Script.usual().ending(Ending.QUEUE_FULL));

        assertThatThrownBy(this::grid).isInstanceOf(RateLimitedException.class);
    }

    // 16 to 18: REST.

    @ParameterizedTest
    @EnumSource(names = {"LIMITED_USER", "LIMITED_SHARED", "LIMITED_GLOBAL", "LIMITED_CLOUDFLARE"})
    void fault16WaitsOutEveryKindOfLimit(Fault limit) {
        fixture.discord.faults().next(Place.POST_MESSAGE, limit, limit);

        assertWholeGrid(fixture.relay(fixture.settings().restTimeout(Duration.ofSeconds(5)))
                .generate(RelayFixture.grid(PROMPT)));
    }

    @Test
    void fault17MakesNoFurtherCallAfterTheFirstRefusalOfTheToken() {
        fixture.discord.faults().next(Place.POST_MESSAGE, Fault.UNAUTHORIZED);
        DiscordImageGenerator relay = fixture.relay();

        assertThatThrownBy(() -> relay.generate(PROMPT)).isInstanceOf(AuthenticationException.class);
        int calls = fixture.discord.requests();
        assertThatThrownBy(() -> relay.generate(PROMPT)).isInstanceOf(AuthenticationException.class);

        assertThat(fixture.discord.requests()).isEqualTo(calls);
    }

    @ParameterizedTest
    @EnumSource(names = {"ERROR_BEFORE", "ERROR_AFTER", "SILENCE_BEFORE", "SILENCE_AFTER", "SLOW_AFTER"})
    void fault18PostsOnceWhateverBecomesOfTheAnswer(Fault fault) {
        fixture.discord.faults().next(Place.POST_MESSAGE, fault, fault);

        assertWholeGrid(grid());
        assertThat(requests).hasSize(1);
    }

    @Test
    void fault18AdmitsThatItDoesNotKnow() {
        fixture.discord.faults().next(Place.POST_MESSAGE, Fault.ERROR_BEFORE, Fault.ERROR_BEFORE, Fault.ERROR_BEFORE);
        DiscordImageGenerator relay = fixture.relay();
        GenerationContext context = GenerationContext.builder().requestId("one").build();

        ImageGenerationException lost = catchThrowableOfType(
                ProviderUnavailableException.class, () -> relay.generate(RelayFixture.grid(PROMPT), context));

        assertThat(lost.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertWholeGrid(relay.generate(RelayFixture.grid(PROMPT), context));
    }

    // 19 and 20: pictures.

    @ParameterizedTest
    @EnumSource(names = {"NOT_FOUND", "EXPIRED", "TRUNCATED", "EMPTY", "WRONG_TYPE", "REDIRECT", "HUGE"})
    void fault19FetchesAgainWithAFreshLink(Fault fault) {
        fixture.discord.faults().next(Place.CDN, fault, fault);

        assertWholeGrid(fixture.relay(fixture.settings().previews(false)).generate(RelayFixture.grid(PROMPT)));
    }

    @Test
    void fault19RefusesAHostThatIsNotAllowedAndFetchesLater() {
        DiscordImageGenerator relay =
                fixture.relay(fixture.settings().previews(false).downloadLimit(10));

        ImageFetchException tooLarge =
                catchThrowableOfType(ImageFetchException.class, () -> relay.generate(RelayFixture.grid(PROMPT)));

        assertThat(tooLarge.getMessage()).startsWith("picture must be at most 10 bytes (download-limit) but was ");
        assertThat(tooLarge.outcome()).isEqualTo(Outcome.COMPLETED);

        DiscordImageGenerator elsewhere =
                fixture.relay(fixture.settings().previews(false).cdnHosts(List.of("cdn.discordapp.com")));
        assertThatThrownBy(() -> elsewhere.generate(RelayFixture.grid(PROMPT)))
                .isInstanceOf(ImageFetchException.class)
                .hasMessage("picture must come from one of [cdn.discordapp.com] (cdn-hosts) but is on "
                        + fixture.discord.cdnHost());
    }

    @Test
    void fault19FetchesAgainWhatStallsBeyondTheReadTimeout() {
        fixture.discord.faults().next(Place.CDN, Fault.STALLED, Fault.STALLED);
        DiscordImageGenerator relay =
                fixture.relay(fixture.settings().previews(false).restTimeout(Duration.ofMillis(400)));

        assertWholeGrid(relay.generate(RelayFixture.grid(PROMPT)));
        assertThat(fixture.discord.faults().happened()).containsEntry(Fault.STALLED, 2);
    }

    @Test
    void fault19KeepsWhatAlwaysStallsForAnotherFetch() {
        fixture.discord.faults().next(Place.CDN, Fault.STALLED, Fault.STALLED, Fault.STALLED, Fault.STALLED);

        assertFetchedLater(
                fixture.settings().restTimeout(Duration.ofMillis(400)), GenerationContext.create(), Fault.STALLED);
    }

    @Test
    void fault19KeepsWhatDripsBeyondTheTimeout() {
        fixture.discord.faults().next(Place.CDN, Fault.DRIPPING);

        assertFetchedLater(
                fixture.settings().timeout(Duration.ofSeconds(3)), GenerationContext.create(), Fault.DRIPPING);
    }

    @Test
    void fault19KeepsWhatDripsBeyondTheCallersDeadline() {
        fixture.discord.faults().next(Place.CDN, Fault.DRIPPING);
        GenerationContext hurried =
                GenerationContext.builder().timeout(Duration.ofSeconds(3)).build();

        assertFetchedLater(fixture.settings(), hurried, Fault.DRIPPING);
    }

    private void assertFetchedLater(DiscordSettings.Builder settings, GenerationContext context, Fault slow) {
        DiscordImageGenerator relay = fixture.relay(settings.previews(false));

        ImageFetchException failed = catchThrowableOfType(
                ImageFetchException.class, () -> relay.generate(RelayFixture.grid(PROMPT), context));

        assertThat(failed).hasMessage("picture could not be read from 127.0.0.1");
        assertThat(failed.outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(fixture.discord.faults().happened()).containsKey(slow);
        assertWholeGrid(failed.fetchAgain(GenerationContext.create()));
    }

    @Test
    void fault19FetchesAloneWhenAskedAgain() {
        fixture.discord.faults().next(Place.CDN, Fault.NOT_FOUND, Fault.NOT_FOUND, Fault.NOT_FOUND, Fault.NOT_FOUND);
        DiscordImageGenerator relay = fixture.relay(fixture.settings().previews(false));
        ImageFetchException failed =
                catchThrowableOfType(ImageFetchException.class, () -> relay.generate(RelayFixture.grid(PROMPT)));

        assertWholeGrid(failed.fetchAgain(GenerationContext.create()));
    }

    @Test
    void fault20SplitsAGridThatIsNotSquare() {
        fixture.imageBot.script(Script.usual().grid(28, 16));

        ImageResult result = grid();

        assertThat(result.images()).extracting(GeneratedImage::width).containsOnly(14);
        assertThat(result.images()).extracting(GeneratedImage::height).containsOnly(8);
    }

    @Test
    void fault20SaysThatAGridCannotBeDecoded() {
        fixture.imageBot.script(Script.usual().ending(Ending.SILENCE));
        GenerationHandle handle = fixture.relay().submit(RelayFixture.grid(PROMPT), event -> {});
        byte[] webp = "RIFF0000WEBPVP8L0000/0000000000".getBytes(StandardCharsets.ISO_8859_1);

        answer(poll(), fixture.artist, "**x** - <@1> (fast)", new SimulatedFile("grid.webp", "image/webp", webp));

        assertThatThrownBy(handle::result)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessageStartingWith("the grid cannot be split: ");
    }

    private void answer(JsonNode request, SimulatedUser author, String content, SimulatedFile file) {
        ObjectNode body = Json.object().put("content", content);
        body.putObject("message_reference").put("message_id", request.path("id").asText());
        fixture.discord.post(fixture.channel, author, body, List.of(file));
    }

    // 21 to 23: prompts, buttons, several grids.

    @Test
    void fault21NeedsNothingOfThePromptToKnowItsResult() {
        for (boolean byName : new boolean[] {true, false}) {
            fixture.imageBot.script(Script.usual().keys(byName, !byName));
            assertThat(fixture.relay()
                            .generate(RelayFixture.grid("a **bold** fox (31%)\n— of two lines"))
                            .images())
                    .hasSize(4);
        }
        assertThatThrownBy(() -> fixture.relay().generate(RelayFixture.grid("fox ".repeat(500))))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessage("prompt, negative prompt and parameters must be at most 1600 characters together but were"
                        + " 2008");
    }

    @Test
    void fault22UpscalesTwoTilesAtOnce() {
        DiscordImageGenerator relay = fixture.relay();
        List<GeneratedImage> tiles = relay.generate(RelayFixture.grid(PROMPT)).images();

        GenerationHandle second = relay.submit(RelayFixture.upscale(tiles.get(1)), event -> {});
        GenerationHandle fourth = relay.submit(RelayFixture.upscale(tiles.get(3)), event -> {});

        assertThat(RelayFixture.isTile(second.result().image(), RelayFixture.repeated(PROMPT), 2))
                .isTrue();
        assertThat(RelayFixture.isTile(fourth.result().image(), RelayFixture.repeated(PROMPT), 4))
                .isTrue();
    }

    @Test
    void fault23TakesTheFirstOfSeveralGrids() {
        fixture.imageBot.script(Script.usual().ending(Ending.SILENCE));
        GenerationHandle handle = fixture.relay().submit(RelayFixture.grid(PROMPT), event -> {});
        JsonNode request = poll();

        answer(request, fixture.artist, "**x** - <@1> (fast)", SimulatedFile.png("1.png", Pictures.grid("one", 8, 8)));
        answer(request, fixture.artist, "**x** - <@1> (fast)", SimulatedFile.png("2.png", Pictures.grid("two", 8, 8)));

        assertThat(RelayFixture.isTile(handle.result().image(), "one", 1)).isTrue();
    }

    // 24: the process dies.

    @Test
    void fault24FindsItsJobWhereverTheProcessDied() throws IOException {
        GenerationContext context = GenerationContext.builder().requestId("one").build();
        DiscordImageGenerator first = fixture.relay();
        assertWholeGrid(first.generate(RelayFixture.grid(PROMPT), context));
        first.close();
        Path written = journalIn(directory.resolve("journal"));
        List<String> lines = Files.readAllLines(written);
        assertThat(lines).hasSize(4);

        for (int count = 1; count < lines.size(); count++) {
            Path copy = directory.resolve("died-after-" + count);
            Files.createDirectories(copy);
            Files.write(copy.resolve(written.getFileName()), lines.subList(0, count));
            DiscordImageGenerator second = fixture.relay(fixture.settings().journal(copy));

            assertWholeGrid(second.generate(RelayFixture.grid(PROMPT), context));
            second.close();
        }
        assertThat(requests).hasSize(1);
    }

    private static Path journalIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".jsonl"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void fault24PostsWhatTheProcessDiedBeforePosting() throws IOException {
        GenerationContext context = GenerationContext.builder().requestId("one").build();
        try (RelayFixture other = new RelayFixture(directory.resolve("other"))) {
            Files.createDirectories(directory.resolve("other"));
            DiscordImageGenerator first = other.relay();
            first.generate(RelayFixture.grid(PROMPT), context);
            first.close();
            Path written = journalIn(directory.resolve("other/journal"));
            String planned = Files.readAllLines(written).get(0);
            Files.createDirectories(directory.resolve("journal"));
            Files.writeString(
                    directory.resolve("journal").resolve(written.getFileName()), planned + "\n{\"job\":\"tor");
        }

        assertWholeGrid(fixture.relay().generate(RelayFixture.grid(PROMPT), context));
        assertThat(requests).hasSize(1);
    }

    // 25, 27, 28: trust, intents, permissions.

    @Test
    void fault25DoesNotBelieveAStranger() {
        fixture.imageBot.script(Script.usual().ending(Ending.SILENCE));
        SimulatedUser stranger = fixture.discord.addBot("stranger", true);
        GenerationHandle handle = fixture.relay().submit(RelayFixture.grid(PROMPT), event -> {});
        JsonNode request = poll();

        answer(request, stranger, "**x** - <@1> (fast)", SimulatedFile.png("1.png", Pictures.grid("forged", 8, 8)));
        answer(request, fixture.artist, "**x** - <@1> (fast)", SimulatedFile.png("2.png", Pictures.grid("true", 8, 8)));

        assertThat(RelayFixture.isTile(handle.result().image(), "true", 1)).isTrue();
    }

    @Test
    void fault27SaysThatMessagesCannotBeRead() {
        fixture.imageBot.script(Script.usual().ending(Ending.SILENCE));
        SimulatedUser blind = fixture.discord.addBot("blind", false);
        requests.clear();
        fixture.discord.observe((type, message) -> {
            if (type.equals("MESSAGE_CREATE")
                    && message.path("author").path("id").asText().equals(blind.id())) {
                requests.add(message);
            }
        });
        GenerationHandle handle =
                fixture.relay(fixture.settings().token(blind.token())).submit(RelayFixture.grid(PROMPT), event -> {});

        answer(poll(), fixture.artist, "**x** - done", SimulatedFile.png("1.png", Pictures.grid("x", 8, 8)));

        assertThatThrownBy(handle::result)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessageContaining("switch on the MESSAGE CONTENT intent");
    }

    @Test
    void fault27SaysAtTheStartThatAnIntentIsOff() {
        SimulatedUser blind = fixture.discord.addBot("blind", false);
        DiscordImageGenerator relay = fixture.relay(fixture.settings()
                .mode(DiscordMode.HANDOFF)
                .token(blind.token())
                .watchChannel(true));

        assertThatThrownBy(() -> relay.generate(PROMPT))
                .isInstanceOf(AuthenticationException.class)
                .hasMessageStartingWith("the MESSAGE CONTENT intent must be switched on");
    }

    @Test
    void fault28SaysThatThePermissionIsMissing() {
        fixture.discord.faults().next(Place.POST_MESSAGE, Fault.FORBIDDEN);

        assertThatThrownBy(this::grid)
                .isInstanceOf(AuthenticationException.class)
                .hasMessage("POST /channels/{}/messages failed with HTTP 403: the bot lacks a permission in the"
                        + " channel (SEND_MESSAGES, ATTACH_FILES or READ_MESSAGE_HISTORY)");
    }

    @Test
    void fault28SaysThatTheChannelIsGone() {
        fixture.discord.removeChannel(fixture.channel);

        assertThatThrownBy(this::grid)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("GET /channels/{} failed with HTTP 404: the channel does not exist, or the bot cannot"
                        + " see it");
    }

    @Test
    void saysThatAnAttachmentIsTooLarge() {
        ImageRequest request = ImageRequest.builder()
                .prompt(PROMPT)
                .input(ImageInput.of(Pictures.plain("x", 0, 8, 8)))
                .build();

        assertThatThrownBy(
                        () -> fixture.relay(fixture.settings().uploadLimit(10)).generate(request))
                .isInstanceOf(UnsupportedRequestException.class)
                .hasMessageStartingWith("input must be at most 10 bytes (upload-limit) but was ");
        fixture.discord.uploadLimit(10);
        assertThatThrownBy(() -> fixture.relay().generate(request))
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessageEndingWith("the attachments are larger than the server allows");
    }

    // 29: time.

    @Test
    void fault29DoesNotMindAClockThatJumps() {
        AtomicLong offset = new AtomicLong();
        Clock jumping = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.now().plusMillis(offset.addAndGet(-3_600_000));
            }
        };
        RelayEnvironment world = new RelayEnvironment(jumping, MonotonicTime.system(), new Random(1));

        assertWholeGrid(fixture.relay(fixture.settings(), world).generate(RelayFixture.grid(PROMPT)));
    }

    @Test
    void takesItsRequestBackWhenCancelled() throws Exception {
        fixture.imageBot.script(Script.usual().ending(Ending.SILENCE));
        DiscordImageGenerator relay = fixture.relay();
        GenerationHandle handle = relay.submit(RelayFixture.grid(PROMPT), event -> {});
        JsonNode request = poll();

        handle.cancel();

        assertThatThrownBy(handle::result).isInstanceOf(GenerationCancelledException.class);
        relay.close();
        assertThat(fixture.discord.message(fixture.channel, request.path("id").asText()))
                .isEmpty();
    }
}
