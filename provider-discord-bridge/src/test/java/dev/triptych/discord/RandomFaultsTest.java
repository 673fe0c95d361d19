package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.AuthenticationException;
import dev.triptych.ContentRejectedException;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.discord.simulator.SimulatedDiscord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many jobs while everything goes wrong by chance, the same chance for the same seed: calls and events fail, the image
 * bot restarts in the middle of its jobs, the permission to see the channel comes and goes, and a moderator deletes
 * requests. Each job's picture is in a colour that follows from its prompt and seed, so a picture given to the wrong
 * job shows. A short form runs in every build; {@code -Dtriptych.discord.jobs=1000} is the long one.
 */
@Timeout(500)
class RandomFaultsTest {

    private static final int JOBS = Integer.getInteger("triptych.discord.jobs", 200);
    private static final long SEED = Long.getLong("triptych.discord.seed", 20261124);
    private static final int THREADS = 50;
    private static final double PROBABILITY = 0.02;
    private static final long VIEW_CHANNEL = 1L << 10;
    private static final Pattern DELETED =
            Pattern.compile("a result must answer message (\\d+) but that was deleted, probably by a moderator,.*");

    @TempDir
    Path directory;

    private final AtomicInteger delivered = new AtomicInteger();
    private final Set<String> reported = ConcurrentHashMap.newKeySet();
    private final Sight sight = new Sight();

    @Test
    void deliversOrReportsEachJobAndDoublesNone() throws Exception {
        try (RelayFixture fixture = new RelayFixture(directory);
                Misfortune misfortune = new Misfortune(fixture, sight)) {
            fixture.discord.faults().random(SEED, PROBABILITY);
            DiscordImageGenerator relay = fixture.relay(
                    fixture.settings().timeout(Duration.ofSeconds(60)).previews(false));

            int asked = 0;
            for (Future<Integer> job : runAll(relay)) {
                asked += job.get();
            }

            assertThat(delivered.get() + reported.size()).isEqualTo(asked);
            assertThat(misfortune.deleted).containsAll(reported);
            assertThat(fixture.imageBot.asked())
                    .hasSize(asked)
                    .allSatisfy((job, times) -> assertThat(times).isEqualTo(1));
            assertThat(fixture.discord.faults().happened()).hasSizeGreaterThan(15);
            assertThat(misfortune.restarts).hasPositiveValue();
            assertThat(misfortune.losses).hasPositiveValue();
            assertThat(reported).isNotEmpty();
        }
    }

    private List<Future<Integer>> runAll(DiscordImageGenerator relay) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Integer>> work = new ArrayList<>();
            for (int i = 0; i < JOBS; i++) {
                int number = i;
                work.add(() -> run(relay, number));
            }
            return threads.invokeAll(work);
        } finally {
            threads.shutdownNow();
        }
    }

    /**
     * Every tenth job goes on with an upscale; prompts repeat, so that words tell nothing. Returns how many jobs were
     * asked for.
     */
    private int run(DiscordImageGenerator relay, int number) throws InterruptedException {
        String prompt = "a fox of kind " + number % 7;
        String repeated = prompt + " --seed " + number;
        ImageRequest request =
                ImageRequest.builder().prompt(prompt).count(4).seed(number).build();
        List<GeneratedImage> grid = insist(relay, request, "grid " + number);
        for (int tile = 1; tile <= grid.size(); tile++) {
            assertThat(RelayFixture.isTile(grid.get(tile - 1), repeated, tile)).isTrue();
        }
        if (number % 10 != 0 || grid.isEmpty()) {
            return 1;
        }
        ImageRequest upscale = ImageRequest.builder()
                .reference(new ImageReference("discord", grid.get(2).imageId().orElseThrow(), Operation.UPSCALE))
                .build();
        for (GeneratedImage large : insist(relay, upscale, "upscale " + number)) {
            assertThat(RelayFixture.isTile(large, repeated, 3)).isTrue();
        }
        return 2;
    }

    /**
     * The pictures of one job. A lost permission is known at once, a lost answer said to be unknown; the caller asks
     * again with the same request id, as often as it takes, and gets the same job. None where a moderator deleted the
     * request.
     */
    private List<GeneratedImage> insist(DiscordImageGenerator relay, ImageRequest request, String id)
            throws InterruptedException {
        while (true) {
            try {
                ImageResult result = relay.generate(
                        request, GenerationContext.builder().requestId(id).build());
                assertThat(result.failures()).isEmpty();
                delivered.incrementAndGet();
                return result.images();
            } catch (ContentRejectedException e) {
                Matcher deletion = DELETED.matcher(e.getMessage());
                assertThat(e.getMessage()).matches(DELETED);
                assertThat(deletion.matches() && reported.add(deletion.group(1)))
                        .isTrue();
                return List.of();
            } catch (AuthenticationException e) {
                assertThat(e.getMessage()).contains("(permission VIEW_CHANNEL)");
                sight.await();
            } catch (ProviderUnavailableException e) {
                // An answer was lost, and then the permission to look: the same id finds the job, and makes no second
                // one.
                assertThat(e.getMessage()).matches("whether job \\w+ was posted is unknown after \\d+ attempts");
                assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN);
                sight.await();
            }
        }
    }

    /** Whether the channel may be seen. */
    private static final class Sight {
        private int losses;

        synchronized void lost() {
            losses++;
        }

        synchronized void regained() {
            losses--;
            notifyAll();
        }

        synchronized void await() throws InterruptedException {
            while (losses > 0) {
                wait();
            }
        }
    }

    /** What befalls the channel, each time that so many messages were posted in it. */
    private static final class Misfortune implements AutoCloseable {
        private final RelayFixture fixture;
        private final Sight sight;
        private final Random random = new Random(SEED);
        private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
        private final ConcurrentLinkedQueue<String> begun = new ConcurrentLinkedQueue<>();
        private final Set<String> deleted = ConcurrentHashMap.newKeySet();
        private final AtomicInteger messages = new AtomicInteger();
        private final AtomicInteger restarts = new AtomicInteger();
        private final AtomicInteger losses = new AtomicInteger();

        Misfortune(RelayFixture fixture, Sight sight) {
            this.fixture = fixture;
            this.sight = sight;
            fixture.discord.observe(this::count);
        }

        private void count(String type, JsonNode message) {
            if (!type.equals("MESSAGE_CREATE") || thread.isShutdown()) {
                return;
            }
            boolean answers = message.path("author").path("id").asText().equals(fixture.artist.id());
            if (answers && message.path("components").isEmpty()) {
                begun.add(message.path("message_reference").path("message_id").asText());
            }
            int number = messages.incrementAndGet();
            if (number % 37 == 0) {
                thread.execute(this::deleteARequest);
            }
            if (number % 101 == 0) {
                restarts.incrementAndGet();
                thread.execute(() -> fixture.imageBot.restart(fixture.channel, 10 + random.nextInt(20)));
            }
            if (number % 149 == 0) {
                losses.incrementAndGet();
                thread.execute(() -> {
                    sight.lost();
                    fixture.discord.permissions(SimulatedDiscord.ALL_PERMISSIONS & ~VIEW_CHANNEL);
                });
                var unused = thread.schedule(
                        () -> {
                            fixture.discord.permissions(SimulatedDiscord.ALL_PERMISSIONS);
                            sight.regained();
                        },
                        20 + random.nextInt(40),
                        TimeUnit.MILLISECONDS);
            }
        }

        /** A request that the image bot has begun to work on. */
        private void deleteARequest() {
            String request = begun.poll();
            for (int skipped = random.nextInt(20); skipped > 0 && !begun.isEmpty(); skipped--) {
                request = begun.poll();
            }
            if (request != null) {
                deleted.add(request);
                fixture.discord.delete(fixture.channel, request);
            }
        }

        @Override
        public void close() {
            thread.shutdownNow();
        }
    }
}
