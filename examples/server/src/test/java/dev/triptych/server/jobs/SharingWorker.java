package dev.triptych.server.jobs;

import dev.triptych.ImageGenerator;
import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.JournalSettings;
import dev.triptych.server.pictures.PictureStore;
import dev.triptych.testkit.FaultyGenerator;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * A worker process: paints from the shared queue until it is killed, or its standard input ends. Says "begins" and
 * "painted" for each painting, which begins only when it reads a line.
 */
public final class SharingWorker {

    static final String BEGINS = "begins";
    static final String PAINTED = "painted";

    private SharingWorker() {}

    /** Arguments: JDBC URL, folder. */
    public static void main(String[] arguments) throws Exception {
        Semaphore allowed = new Semaphore(0);
        start(arguments[0], Path.of(arguments[1]), new ObservedGenerator.Watcher() {
            @Override
            public void begins() {
                say(BEGINS);
                allowed.acquireUninterruptibly();
            }

            @Override
            public void painted() {
                say(PAINTED);
            }
        });
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (in.readLine() != null) {
            allowed.release();
        }
        Runtime.getRuntime().halt(0);
    }

    private static void say(String word) {
        System.out.println(word);
        System.out.flush();
    }

    static Jobs start(String url, Path folder, ObservedGenerator.Watcher watcher) throws Exception {
        CallJournal journal = CallJournal.open(new JournalSettings(folder.resolve("journal")));
        Map<String, ImageGenerator> generators = new LinkedHashMap<>();
        generators.put("offline", new ObservedGenerator(FaultyGenerator.named("offline"), journal, folder, watcher));
        generators.put("studio", new ObservedGenerator(FaultyGenerator.billed("studio"), journal, folder, watcher));
        return Jobs.share(
                Generators.of(generators, "offline"),
                JobDatabase.open(url, "triptych", null, Duration.ofSeconds(1)),
                PictureStore.open(folder),
                BilledCalls.of(journal),
                Clock.systemUTC(),
                System::nanoTime);
    }
}
