package dev.triptych.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.GeneratorInfo;
import dev.triptych.ImageRequest;
import dev.triptych.ledger.JournalEntry.State;
import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.KillScenario;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Makes billed calls, each of which begins and ends. */
public final class JournalKillScenario implements KillScenario {

    private static final GeneratorInfo STUDIO = new GeneratorInfo("studio", "openai", "m", "", false);
    private static final String ENDED = "ended ";

    /** Every call that was made, and whether its outcome was written. */
    private final Map<String, Boolean> calls = new HashMap<>();

    private static CallJournal journal(Path directory, DurableFiles files) {
        return new CallJournal(new JournalSettings(directory.resolve("journal")), Clock.systemUTC(), files);
    }

    @Override
    public void work(int run, Path directory, DurableFiles files, Consumer<String> done) throws Exception {
        CallJournal journal = journal(directory, files);
        for (int call = 0; call < 3; call++) {
            String id = run + "/" + call + "/" + System.nanoTime();
            CallJournal.Call entry = journal.started(STUDIO, ImageRequest.of("a fox"), id);
            done.accept(id);
            entry.failed(new IllegalStateException("for the test"));
            done.accept(ENDED + id);
        }
    }

    @Override
    public void verify(int run, Path directory, List<String> done) throws Exception {
        for (String step : done) {
            if (step.startsWith(ENDED)) {
                calls.put(step.substring(ENDED.length()), true);
            } else {
                calls.put(step, false);
            }
        }
        List<JournalEntry> entries = journal(directory, DurableFiles.system()).entries();
        Map<String, JournalEntry> byRequest = new HashMap<>();
        entries.forEach(entry -> byRequest.put(entry.requestId(), entry));
        assertThat(byRequest.keySet()).as("every call that was made").containsAll(calls.keySet());
        calls.forEach((id, ended) -> {
            JournalEntry entry = byRequest.get(id);
            assertThat(entry).isNotNull();
            assertThat(entry.state()).isEqualTo(State.UNKNOWN);
            if (ended) {
                assertThat(entry.error()).isEqualTo("IllegalStateException");
            }
        });
        // At most one call of each run was written but not acknowledged: the one it was killed in.
        assertThat(new ArrayList<>(byRequest.keySet())).hasSizeLessThanOrEqualTo(calls.size() + run + 1);
    }
}
