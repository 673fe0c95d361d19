package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.GenerationContext;
import dev.triptych.ImageResult;
import dev.triptych.OpenJob;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kills a process that makes a picture by a job, with {@code kill -9}, at a moment that chance chooses: when one of its
 * calls arrives at the server, has just been answered, or a little after. Then the same request is made again, or the
 * open jobs are asked for. No job is submitted twice unless a caller was told that its fate is unknown, and no picture
 * of an accepted job is lost. A short form runs in every build; {@code -Plong} kills a hundred times for each dialect.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class JobKillTest {

    private static final int KILLS = Integer.getInteger("triptych.kills", 5);

    /** A submit, three questions, the result (fal's own call) and the picture. */
    private static final int CALLS = 6;

    @TempDir
    private Path directory;

    private final AtomicReference<Process> child = new AtomicReference<>();

    @ParameterizedTest
    @ValueSource(strings = {"bfl", "fal", "replicate"})
    void neitherTwiceNorLost(String dialect) throws Exception {
        Random random = new Random(dialect.hashCode());
        int killed = 0;
        int told = 0;
        try (JobStand stand = new JobStand(dialect).doneAfter(3)) {
            for (int run = 0; run < KILLS; run++) {
                String prompt = "fox " + run;
                Path picture = directory.resolve("fox-" + run + ".png");
                killed += runAndKill(dialect, stand, prompt, picture, random) ? 1 : 0;
                int before = stand.submitted(prompt);
                assertThat(before).isLessThanOrEqualTo(1);

                told += fetchAfterwards(dialect, stand, prompt, picture, random.nextBoolean());

                assertThat(Files.readAllBytes(picture)).isEqualTo(JobStand.PICTURE);
            }
        }
        assertThat(killed).as("processes that were killed before their end").isPositive();
        assertThat(told).as("submits of unknown fate").isLessThanOrEqualTo(KILLS);
    }

    /** Whether the child died of it. */
    private boolean runAndKill(String dialect, JobStand stand, String prompt, Path picture, Random random)
            throws Exception {
        int call = random.nextInt(CALLS);
        int moment = random.nextInt(3);
        int micros = random.nextInt(20_000);
        AtomicInteger calls = new AtomicInteger();
        stand.before(exchange -> {
            if (calls.getAndIncrement() != call) {
                return false;
            }
            if (moment == 0) {
                kill();
            } else {
                Thread later = new Thread(() -> {
                    if (moment == 2) {
                        LockSupport.parkNanos(micros * 1000L);
                    }
                    kill();
                });
                later.start();
            }
            return false;
        });
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        JobKillChild.class.getName(),
                        dialect,
                        stand.base(),
                        directory.resolve("jobs").toString(),
                        prompt,
                        picture.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("child.txt").toFile())
                .start();
        child.set(process);
        int exit = process.waitFor();
        stand.before(exchange -> false);
        assertThat(exit).as(Files.readString(directory.resolve("child.txt"))).isIn(0, 137);
        return exit == 137;
    }

    private void kill() {
        Process process = child.get();
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /** Gets the picture that the child did not keep; how often that took a second submit, of which we were told. */
    private int fetchAfterwards(String dialect, JobStand stand, String prompt, Path picture, boolean bySameRequest)
            throws Exception {
        int before = stand.submitted(prompt);
        try (OpenAiImageGenerator generator =
                JobKillChild.generator(dialect, stand.base(), directory.resolve("jobs"))) {
            List<OpenJob> open = generator.openJobs();
            if (Files.exists(picture)) {
                // Kept, and killed before that was written down: fetched once more at most, never submitted.
                for (OpenJob job : open) {
                    generator.resume(job, GenerationContext.create());
                }
                assertThat(stand.submitted(prompt)).isEqualTo(before);
                return 0;
            }
            if (!open.isEmpty() && !bySameRequest) {
                keep(generator.resume(open.get(0), GenerationContext.create()), picture);
                assertThat(stand.submitted(prompt)).isEqualTo(before);
                return 0;
            }
            try {
                keep(generator.generate(prompt), picture);
                assertThat(stand.submitted(prompt)).isEqualTo(1);
                return 0;
            } catch (ProviderUnavailableException e) {
                assertThat(open).isEmpty();
                assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN);
                assertThat(e).hasMessageContaining("there may be a job that was billed and cannot be found");
                assertThat(stand.submitted(prompt)).isEqualTo(before);
                keep(generator.generate(prompt), picture);
                return 1;
            }
        }
    }

    private static void keep(ImageResult result, Path picture) throws Exception {
        Files.write(picture, result.image().bytes());
    }
}
