package dev.triptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.ImageRequest;
import dev.triptych.server.pictures.PictureStore;
import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.KillScenario;
import dev.triptych.testkit.FaultyGenerator;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Goes on with what is there, takes in a few jobs and finishes some of them, until it is killed. */
public final class JobsKillScenario implements KillScenario {

    private static final int JOBS = 2;

    /** For the child process, which makes it by name. */
    public JobsKillScenario() {}

    @Override
    public void work(int run, Path directory, DurableFiles files, Consumer<String> done) throws Exception {
        try (Jobs jobs = start(directory, files)) {
            for (int i = 0; i < JOBS; i++) {
                String key = run + "-" + i;
                Job job = jobs.submit(new JobRequest(
                        ImageRequest.builder()
                                .prompt("picture " + key)
                                .seed(run * 10L + i)
                                .build(),
                        "offline",
                        "",
                        Optional.of(key),
                        Optional.empty()));
                done.accept("accepted " + key + " " + job.id());
                Job ended = jobs.ending(job.id()).get(30, TimeUnit.SECONDS);
                done.accept("completed " + key + " " + ended.id());
            }
        }
    }

    static Jobs start(Path directory, DurableFiles files) throws Exception {
        return Jobs.start(
                Generators.of(Map.of("offline", FaultyGenerator.named("offline")), "offline"),
                LoggedJobStore.open(directory, files),
                PictureStore.open(directory, files),
                BilledCalls.NOTHING_KNOWN,
                Clock.systemUTC(),
                System::nanoTime);
    }

    /** No job that was accepted is lost, none is there twice, and a completed one has its pictures. */
    @Override
    public void verify(int run, Path directory, List<String> done) throws Exception {
        PictureStore pictures = PictureStore.open(directory);
        try (LoggedJobStore store = LoggedJobStore.open(directory)) {
            Map<String, String> byKey = new HashMap<>();
            for (Job job : store.page(JobStore.Query.newest(100_000)).jobs()) {
                String before = byKey.put(job.idempotencyKey().orElseThrow(), job.id());
                assertThat(before).as("another job of the same key").isNull();
                for (Job.Picture picture : job.pictures()) {
                    assertThat(pictures.bytes(picture.id()))
                            .as("picture of a completed job")
                            .isPresent();
                }
            }
            for (String line : done) {
                String[] words = line.split(" ", -1);
                assertThat(byKey).containsEntry(words[1], words[2]);
                if (words[0].equals("completed")) {
                    assertThat(store.find(words[2]).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
                }
            }
        }
    }
}
