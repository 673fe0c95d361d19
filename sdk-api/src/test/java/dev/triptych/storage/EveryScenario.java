package dev.triptych.storage;

import dev.triptych.cache.CacheKillScenario;
import dev.triptych.ledger.BudgetKillScenario;
import dev.triptych.ledger.JournalKillScenario;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** The work of every scenario, so that one run loads all classes that the children need. */
public final class EveryScenario implements KillScenario {

    private static final List<KillScenario> ALL =
            List.of(new CacheKillScenario(), new JournalKillScenario(), new BudgetKillScenario());

    @Override
    public void work(int run, Path directory, DurableFiles files, Consumer<String> done) throws Exception {
        for (KillScenario each : ALL) {
            each.work(run, directory, files, done);
        }
    }

    @Override
    public void verify(int run, Path directory, List<String> done) throws Exception {
        for (KillScenario each : ALL) {
            each.verify(run, directory, done);
        }
    }
}
