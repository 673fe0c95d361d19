package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.GeneratedImage;
import dev.triptych.ImageReference;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Operation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many jobs while everything goes wrong by chance, the same chance for the same seed. Each job's picture is in a colour
 * that follows from its prompt and seed, so a picture given to the wrong job shows.
 */
@Timeout(150)
class RandomFaultsTest {

    private static final int JOBS = Integer.getInteger("triptych.discord.jobs", 1000);
    private static final long SEED = Long.getLong("triptych.discord.seed", 20261124);
    private static final int THREADS = 50;
    private static final double PROBABILITY = 0.02;

    @TempDir
    Path directory;

    @Test
    void losesNoJobAndDoublesNone() throws Exception {
        try (RelayFixture fixture = new RelayFixture(directory)) {
            fixture.discord.faults().random(SEED, PROBABILITY);
            DiscordImageGenerator relay = fixture.relay(
                    fixture.settings().timeout(Duration.ofSeconds(60)).previews(false));

            List<Future<Integer>> jobs = runAll(relay);
            int posted = 0;
            for (Future<Integer> job : jobs) {
                posted += job.get();
            }

            assertThat(fixture.imageBot.asked()).hasSize(posted);
            assertThat(fixture.imageBot.asked())
                    .allSatisfy((job, times) -> assertThat(times).isEqualTo(1));
            assertThat(fixture.discord.faults().happened()).hasSizeGreaterThan(15);
        }
    }

    private static List<Future<Integer>> runAll(DiscordImageGenerator relay) throws InterruptedException {
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

    /** Every tenth job goes on with an upscale; prompts repeat, so that words tell nothing. */
    private static int run(DiscordImageGenerator relay, int number) {
        String prompt = "a fox of kind " + number % 7;
        ImageResult grid = relay.generate(
                ImageRequest.builder().prompt(prompt).count(4).seed(number).build());
        String repeated = prompt + " --seed " + number;
        for (int tile = 1; tile <= 4; tile++) {
            GeneratedImage image = grid.images().get(tile - 1);
            assertThat(RelayFixture.isTile(image, repeated, tile)).isTrue();
        }
        if (number % 10 != 0) {
            return 1;
        }
        String third = grid.images().get(2).imageId().orElseThrow();
        ImageResult upscaled = relay.generate(ImageRequest.builder()
                .reference(new ImageReference("discord", third, Operation.UPSCALE))
                .build());
        assertThat(RelayFixture.isTile(upscaled.image(), repeated, 3)).isTrue();
        return 2;
    }
}
