package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.ImageResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A relay in another process dies before, within and after each write of its journal; this process takes it over. The
 * profile {@code long} tries every moment, a plain build every third.
 */
@Timeout(400)
class KilledAtEveryWriteTest {

    /** The steps of an empty start. */
    private static final List<String> START = List.of("create directory");
    /** The steps of the line that says that a job is about to be posted. */
    private static final List<String> PLANNED =
            List.of("write first half", "write second half", "force append", "appended");
    /** The steps of a later line: sent, done, delivered. */
    private static final List<String> LATER = List.of("write first half", "write second half", "appended");

    private static final int RESTARTS = 9;

    private static final int EVERY = Integer.getInteger("triptych.discord.every-moment", 3);

    @TempDir
    Path directory;

    @Test
    void losesNoPictureAndPostsNothingTwiceWhereverAGridOrAnUpscaleWasCutOff() throws Exception {
        List<String> life = new ArrayList<>(START);
        for (int job = 0; job < 2; job++) {
            life.addAll(PLANNED);
            for (int line = 0; line < 3; line++) {
                life.addAll(LATER);
            }
        }
        try (RelayFixture fixture = new RelayFixture(directory)) {
            assertThat(live(fixture, directory.resolve("whole"), 0, 0)).isEqualTo(life);
        }

        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            List<Future<?>> deaths = new ArrayList<>();
            for (int moment = 1; moment <= life.size(); moment += EVERY) {
                int last = moment;
                deaths.add(two.submit(() -> dieAndRecover(life, last)));
            }
            for (Future<?> death : deaths) {
                death.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } finally {
            two.shutdownNow();
        }
    }

    private Void dieAndRecover(List<String> life, int last) throws Exception {
        Path journal = directory.resolve("dead-at-" + last);
        try (RelayFixture fixture = new RelayFixture(directory)) {
            AtomicInteger posts = countPosts(fixture);
            assertThat(live(fixture, journal, last, DyingRelay.DEAD)).isEqualTo(life.subList(0, last));

            assertRecovered(fixture, journal, posts, "dead at " + last + ": " + life.get(last - 1));
        }
        return null;
    }

    @Test
    void losesNothingWhenItDiesAgainAtEveryWriteOfItsRestarts() throws Exception {
        Path journal = directory.resolve("journal");
        int posted = START.size() + PLANNED.size() + 1;
        try (RelayFixture fixture = new RelayFixture(directory)) {
            AtomicInteger posts = countPosts(fixture);
            live(fixture, journal, posted, DyingRelay.DEAD);

            for (int last = 1; last <= RESTARTS; last += EVERY) {
                assertThat(live(fixture, journal, last, DyingRelay.DEAD)).hasSize(last);
            }

            assertRecovered(fixture, journal, posts, "dead in restarts");
        }
    }

    /** The moments that a relay of another process saw until it ended with {@code status}. */
    private static List<String> live(RelayFixture fixture, Path journal, int last, int status)
            throws IOException, InterruptedException {
        Process process = RelayProcess.start(DyingRelay.class, fixture, journal, Integer.toString(last));
        try {
            String moments = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isEqualTo(status);
            return moments.lines().toList();
        } finally {
            process.destroyForcibly();
        }
    }

    private static AtomicInteger countPosts(RelayFixture fixture) {
        AtomicInteger posts = new AtomicInteger();
        fixture.discord.observe((type, message) -> {
            boolean own = message.path("author").path("id").asText().equals(fixture.relayBot.id());
            if (type.equals("MESSAGE_CREATE") && own) {
                posts.incrementAndGet();
            }
        });
        return posts;
    }

    private static void assertRecovered(RelayFixture fixture, Path journal, AtomicInteger posts, String when) {
        DiscordImageGenerator relay =
                fixture.relay(fixture.settings().journal(journal).previews(false));
        String repeated = RelayFixture.repeated(DyingRelay.PROMPT);

        ImageResult grid = relay.generate(RelayFixture.grid(DyingRelay.PROMPT), DyingRelay.context("grid"));
        ImageResult upscale = relay.generate(RelayFixture.upscale(grid.images().get(1)), DyingRelay.context("upscale"));

        assertThat(grid.images()).as(when).hasSize(4);
        for (int tile = 1; tile <= 4; tile++) {
            assertThat(RelayFixture.isTile(grid.images().get(tile - 1), repeated, tile))
                    .as(when)
                    .isTrue();
        }
        assertThat(RelayFixture.isTile(upscale.image(), repeated, 2)).as(when).isTrue();
        assertThat(posts).as(when).hasValue(2);
        assertThat(fixture.imageBot.asked())
                .as(when)
                .hasSize(2)
                .allSatisfy((job, times) -> assertThat(times).isEqualTo(1));
    }
}
