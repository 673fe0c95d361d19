package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.GenerationHandle;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two hundred calls of twenty relays, each closed at a random moment: what was posted is delivered, and what was not is
 * reported as not sent.
 */
@Timeout(120)
class RandomClosesTest {

    private static final int RELAYS = 20;
    private static final int CALLS = 10;

    @TempDir
    Path directory;

    @Test
    void deliversWhatWasPostedAndReportsWhatWasNot() throws Exception {
        Random random = new Random(20261130);
        try (RelayFixture fixture = new RelayFixture(directory)) {
            List<GenerationHandle> calls = new ArrayList<>();
            List<Thread> closes = new ArrayList<>();
            for (int i = 0; i < RELAYS; i++) {
                DiscordImageGenerator relay =
                        fixture.relay(fixture.settings().previews(false).timeout(Duration.ofSeconds(60)));
                for (int call = 0; call < CALLS; call++) {
                    calls.add(relay.submit(RelayFixture.grid("a fox " + i + " " + call), event -> {}));
                }
                int posted = fixture.imageBot.asked().size() + random.nextInt(CALLS);
                closes.add(closeWhenPosted(fixture, relay, posted));
            }
            for (Thread close : closes) {
                close.join();
            }

            int delivered = 0;
            int notSent = 0;
            for (GenerationHandle call : calls) {
                try {
                    assertThat(call.result().images()).hasSize(4);
                    delivered++;
                } catch (ProviderUnavailableException e) {
                    assertThat(e).hasMessage("generator artist must be open but was closed");
                    assertThat(e.outcome()).isEqualTo(Outcome.NOT_SENT);
                    notSent++;
                }
            }

            assertThat(delivered + notSent).isEqualTo(RELAYS * CALLS);
            assertThat(fixture.imageBot.asked()).hasSize(delivered);
            assertThat(delivered).isPositive();
            assertThat(notSent).isPositive();
        }
    }

    private static Thread closeWhenPosted(RelayFixture fixture, DiscordImageGenerator relay, int posted) {
        Thread thread = new Thread(() -> {
            try {
                fixture.imageBot.awaitAsked(posted);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            relay.close();
        });
        thread.start();
        return thread;
    }
}
