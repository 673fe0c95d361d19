package dev.triptych.server.jobs;

import dev.triptych.ImageGenerator;
import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.JournalSettings;
import dev.triptych.server.pictures.PictureStore;
import dev.triptych.testkit.FaultyGenerator;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** A worker process: paints from the shared queue until it is killed. Each painting is a line on standard output. */
public final class SharingWorker {

    private SharingWorker() {}

    /** Arguments: JDBC URL, folder. */
    public static void main(String[] arguments) throws Exception {
        Jobs jobs = start(arguments[0], Path.of(arguments[1]));
        System.out.println("ready");
        System.out.flush();
        Thread.sleep(Long.MAX_VALUE);
        jobs.close();
    }

    static Jobs start(String url, Path folder) throws Exception {
        CallJournal journal = CallJournal.open(new JournalSettings(folder.resolve("journal")));
        Map<String, ImageGenerator> generators = new LinkedHashMap<>();
        generators.put("offline", new SlowGenerator(FaultyGenerator.named("offline"), journal, folder));
        generators.put("studio", new SlowGenerator(FaultyGenerator.billed("studio"), journal, folder));
        return Jobs.share(
                Generators.of(generators, "offline"),
                JobDatabase.open(url, "triptych", null, Duration.ofSeconds(1)),
                PictureStore.open(folder),
                BilledCalls.of(journal),
                Clock.systemUTC(),
                System::nanoTime);
    }
}
