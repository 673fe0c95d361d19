package dev.triptych.discord;

import dev.triptych.ImageRequest;
import dev.triptych.discord.simulator.SimulatedImageBot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What the relay itself costs: time per job and jobs a second against a simulated server whose bot paints nothing, and
 * memory over many jobs. Run by hand: {@code RelayBenchmark [jobs]}.
 */
final class RelayBenchmark {

    private static final int CONCURRENT = 50;

    private RelayBenchmark() {}

    /** Prints one line a measurement. */
    public static void main(String... arguments) throws IOException, InterruptedException, ExecutionException {
        int jobs = arguments.length == 0 ? 500 : Integer.parseInt(arguments[0]);
        Path directory = Files.createTempDirectory("relay-benchmark");
        try (RelayFixture fixture = new RelayFixture(directory)) {
            fixture.imageBot.script(
                    SimulatedImageBot.Script.usual().progress(new Integer[0]).step(0));
            DiscordImageGenerator relay =
                    fixture.relay(fixture.settings().previews(false).reconcileAfter(Duration.ofSeconds(5)));
            oneByOne(relay, 100);
            print("one at a time, median ms a job: %.1f", median(oneByOne(relay, 200)));
            together(relay, jobs);
            fixture.discord.forgetMessages();
            long before = used();
            for (int round = 1; round <= 4; round++) {
                double perSecond = together(relay, jobs);
                fixture.discord.forgetMessages();
                print(
                        "%d at once, round %d: %.0f jobs/s, heap %+d KiB",
                        CONCURRENT, round, perSecond, (used() - before) >> 10);
            }
        }
    }

    private static long[] oneByOne(DiscordImageGenerator relay, int jobs) {
        long[] nanos = new long[jobs];
        for (int i = 0; i < jobs; i++) {
            long began = System.nanoTime();
            relay.generate(
                    ImageRequest.builder().prompt("a fox").count(4).seed(i).build());
            nanos[i] = System.nanoTime() - began;
        }
        return nanos;
    }

    private static double median(long[] nanos) {
        Arrays.sort(nanos);
        return nanos[nanos.length / 2] / 1e6;
    }

    private static double together(DiscordImageGenerator relay, int jobs)
            throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(CONCURRENT);
        try {
            List<Callable<Integer>> work = new ArrayList<>();
            for (int i = 0; i < jobs; i++) {
                int seed = i;
                work.add(() -> relay.generate(ImageRequest.builder()
                                .prompt("a fox")
                                .count(4)
                                .seed(seed)
                                .build())
                        .images()
                        .size());
            }
            long began = System.nanoTime();
            for (Future<Integer> each : threads.invokeAll(work)) {
                each.get();
            }
            return jobs / ((System.nanoTime() - began) / 1e9);
        } finally {
            threads.shutdownNow();
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                print("threads are still at work");
            }
        }
    }

    /** The simulated server forgets its messages after each round, so what grows is the relay's. */
    private static long used() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @SuppressWarnings("SystemOut") // This is the benchmark's output.
    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
