package dev.triptych.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.ExecutionRecord;
import dev.triptych.GeneratedImage;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Parameter;
import dev.triptych.storage.ChildProcesses;
import dev.triptych.storage.DurableFiles;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheStressTest {

    private static final int THREADS = 64;
    private static final int REQUESTS = 10_000;
    private static final int KEYS = 96;

    /** Makes one picture for each seed below {@link #KEYS}, and notices two equal calls at the same time. */
    private static final class Painter implements ImageGenerator {
        private static final GeneratorInfo INFO = new GeneratorInfo("painter", "test", "m", "1", true);

        private final List<GeneratedImage> pictures = new ArrayList<>();
        private final AtomicIntegerArray running = new AtomicIntegerArray(KEYS);
        private final AtomicInteger calls = new AtomicInteger();
        private final AtomicInteger overlaps = new AtomicInteger();

        private Painter() {
            for (int seed = 0; seed < KEYS; seed++) {
                pictures.add(GeneratedImage.of(TestPictures.png(8, 8, new Color(seed, 2 * seed, 100)))
                        .withSeed(seed));
            }
        }

        @Override
        public ImageResult generate(ImageRequest request, GenerationContext context) {
            int seed = (int) request.seed().orElseThrow();
            calls.incrementAndGet();
            if (running.incrementAndGet(seed) > 1) {
                overlaps.incrementAndGet();
            }
            Thread.onSpinWait();
            running.decrementAndGet(seed);
            return ImageResult.of(
                    List.of(pictures.get(seed)), List.of(), ExecutionRecord.of(INFO, context, request, Duration.ZERO));
        }

        @Override
        public Capabilities capabilities() {
            return Capabilities.builder()
                    .honours(Parameter.SEED)
                    .deterministicSeeds(true)
                    .costClass(CostClass.FREE)
                    .build();
        }

        @Override
        public GeneratorInfo info() {
            return INFO;
        }

        @Override
        public void close() {}
    }

    @Test
    void servesTheRightPictureToManyThreadsWhileOthersAreEvicted() throws Exception {
        Painter painter = new Painter();
        // Room for about two thirds of the pictures, so that something is always evicted.
        CacheSettings settings = CacheSettings.standard().withMemoryBytes(KEYS * 2L / 3 * 1100);
        PictureCache cache = PictureCache.open(settings);
        CachingGenerator generator = new CachingGenerator(painter, cache);
        List<ImageRequest> requests = new ArrayList<>();
        for (int seed = 0; seed < KEYS; seed++) {
            requests.add(ImageRequest.builder().prompt("a fox").seed(seed).build());
        }
        AtomicInteger wrong = new AtomicInteger();
        AtomicInteger served = new AtomicInteger();

        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            Random random = new Random(t);
            GenerationContext context = GenerationContext.create();
            threads.add(new Thread(() -> {
                for (int i = 0; i < REQUESTS; i++) {
                    int seed = (int) (random.nextDouble() * random.nextDouble() * KEYS);
                    GeneratedImage image =
                            generator.generate(requests.get(seed), context).image();
                    wrong.addAndGet(image.equals(painter.pictures.get(seed)) ? 0 : 1);
                    served.incrementAndGet();
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        CacheStats stats = cache.stats();
        assertThat(served).hasValue(THREADS * REQUESTS);
        assertThat(wrong).hasValue(0);
        assertThat(painter.overlaps).as("equal calls at the same time").hasValue(0);
        assertThat(stats.misses()).as("every miss is one call").isEqualTo(painter.calls.get());
        assertThat(stats.hits() + stats.misses() + stats.shared()).isEqualTo((long) THREADS * REQUESTS);
        assertThat(stats.memoryBytes()).isLessThanOrEqualTo(settings.memoryBytes());
        assertThat(painter.calls.get()).as("something was evicted").isGreaterThan(KEYS);
    }

    @Test
    void letsFourProcessesShareADirectoryThatIsAlwaysTooSmall(@TempDir Path temporary) throws Exception {
        ChildProcesses processes = new ChildProcesses(temporary);
        List<Process> children = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            children.add(processes.start(
                    SharingProcess.class.getName(), temporary.resolve("cache").toString(), Integer.toString(i)));
        }

        int hits = 0;
        for (Process child : children) {
            List<String> lines = ChildProcesses.lines(child);
            assertThat(child.waitFor()).as("exit code").isZero();
            hits += Integer.parseInt(lines.get(0));
        }

        assertThat(hits).as("hits of all processes").isPositive();
        DirectorySweep.Verified verified = new DirectorySweep(
                        new DirectoryLayout(temporary.resolve("cache")), DurableFiles.system(), Clock.systemUTC())
                .verify();
        assertThat(verified.removedBlobs()).isZero();
    }
}
