package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.triptych.Cancellation;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GenerationHandle;
import dev.triptych.ImageRequest;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.discord.simulator.Faults.Fault;
import dev.triptych.discord.simulator.Faults.Place;
import dev.triptych.discord.simulator.SimulatedImageBot.Ending;
import dev.triptych.discord.simulator.SimulatedImageBot.Script;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cancellation, and a close, are heard wherever a call waits: each wait here would last a minute or more. */
@Timeout(45)
class CancellationTest {

    private static final ImageRequest REQUEST = RelayFixture.grid("a red fox");

    @TempDir
    Path directory;

    private RelayFixture fixture;
    private final CountDownLatch waiting = new CountDownLatch(1);

    @BeforeEach
    void start() {
        fixture = new RelayFixture(directory);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    /** A relay that really sleeps, and tells when it begins to sleep for long. */
    private DiscordImageGenerator relay() {
        return relay(fixture.settings());
    }

    private DiscordImageGenerator relay(DiscordSettings.Builder settings) {
        MonotonicTime time = new MonotonicTime() {
            @Override
            public long millis() {
                return MonotonicTime.system().millis();
            }

            @Override
            public void sleep(long millis, @Nullable Cancellation cancellation) throws InterruptedException {
                if (millis > 10_000) {
                    waiting.countDown();
                }
                MonotonicTime.system().sleep(millis, cancellation);
            }
        };
        return fixture.relay(
                settings.timeout(Duration.ofMinutes(10)),
                new RelayEnvironment(Clock.systemUTC(), time, new SplittableRandom(1)));
    }

    @Test
    void endsAWaitForARateLimit() throws Exception {
        fixture.discord.faults().next(Place.POST_MESSAGE, Fault.LIMITED_LONG);
        GenerationHandle handle = relay().submit(REQUEST, event -> {});
        waiting.await();

        handle.cancel();

        GenerationCancelledException error = catchThrowableOfType(GenerationCancelledException.class, handle::result);
        assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
        assertThat(fixture.imageBot.asked()).isEmpty();
    }

    @Test
    void endsAWaitBeforeItsChannelIsFound() throws Exception {
        fixture.discord.faults().next(Place.OTHER_REST, Fault.NONE, Fault.LIMITED_LONG);
        GenerationHandle handle = relay().submit(REQUEST, event -> {});
        waiting.await();

        handle.cancel();

        assertThat(catchThrowableOfType(GenerationCancelledException.class, handle::result)
                        .outcome())
                .isEqualTo(Outcome.NOT_SENT);
    }

    @Test
    void closingEndsAWaitForARateLimit() throws Exception {
        fixture.discord.faults().next(Place.POST_MESSAGE, Fault.LIMITED_LONG);
        DiscordImageGenerator relay = relay();
        GenerationHandle handle = relay.submit(REQUEST, event -> {});
        waiting.await();

        relay.close();

        ProviderUnavailableException error = catchThrowableOfType(ProviderUnavailableException.class, handle::result);
        assertThat(error).hasMessage("generator artist must be open but was closed");
        assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
    }

    @Test
    void closingEndsAWaitForAGatewayThatDoesNotAnswer() throws Exception {
        for (int i = 0; i < 50; i++) {
            fixture.discord.faults().next(Place.CONNECT, Fault.CLOSED);
        }
        DiscordImageGenerator relay = relay();
        GenerationHandle handle = relay.submit(REQUEST, event -> {});
        while (fixture.discord.faults().happened().isEmpty()) {
            Thread.onSpinWait();
        }

        relay.close();

        assertThat(catchThrowableOfType(ProviderUnavailableException.class, handle::result)
                        .outcome())
                .isEqualTo(Outcome.NOT_SENT);
    }

    @Test
    void endsTheCallThoughItsRequestCannotBeTakenBackYet() throws Exception {
        fixture.imageBot.script(Script.usual().ending(Ending.SILENCE));
        GenerationHandle handle =
                relay(fixture.settings().reconcileAfter(Duration.ofMinutes(5))).submit(REQUEST, event -> {});
        fixture.imageBot.awaitAsked(1);
        fixture.discord.faults().next(Place.OTHER_REST, Fault.LIMITED_LONG, Fault.LIMITED_LONG);

        handle.cancel();

        assertThat(catchThrowableOfType(GenerationCancelledException.class, handle::result))
                .isNotNull();
    }

    @Test
    void endsWhileTheLastReadingOfTheChannelWaits() throws Exception {
        fixture.imageBot.script(Script.usual().ending(Ending.DELETED));
        fixture.imageBot.hold();
        GenerationHandle handle = relay(fixture.settings()
                        .restTimeout(Duration.ofMinutes(5))
                        .previews(false)
                        .reconcileAfter(Duration.ofMinutes(5)))
                .submit(REQUEST, event -> {});
        fixture.imageBot.awaitHeld(1);
        fixture.discord.faults().next(Place.OTHER_REST, Fault.LIMITED_LONG, Fault.LIMITED_LONG);
        fixture.imageBot.release();
        waiting.await();

        handle.cancel();

        assertThat(catchThrowableOfType(GenerationCancelledException.class, handle::result))
                .isNotNull();
    }

    @Test
    void endsThePauseBeforeAnotherFetch() throws Exception {
        fixture.discord.faults().next(Place.CDN, Fault.NOT_FOUND, Fault.NOT_FOUND, Fault.NOT_FOUND);
        fixture.discord.faults().next(Place.OTHER_REST, Fault.NONE, Fault.NONE);
        GenerationContext context = GenerationContext.create();
        DiscordImageGenerator relay = relay(fixture.settings().previews(false));
        Thread canceller = new Thread(() -> {
            while (fixture.discord.faults().happened().isEmpty()) {
                Thread.onSpinWait();
            }
            context.cancellation().cancel();
        });
        canceller.start();

        GenerationCancelledException error =
                catchThrowableOfType(GenerationCancelledException.class, () -> relay.generate(REQUEST, context));

        assertThat(error.outcome()).isIn(Outcome.COMPLETED, Outcome.UNKNOWN);
        canceller.join();
    }
}
