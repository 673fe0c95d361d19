package dev.triptych.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.KillScenario;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Puts entries of two pictures over those of earlier runs, then evicts most of them. */
public final class CacheKillScenario implements KillScenario {

    private static final int ENTRIES = 3;
    private static final String EVICTING = "evicting";

    /** The run whose pictures an entry must hold at least, as far as nothing was evicted since. */
    private final Map<Integer, Integer> kept = new HashMap<>();

    private static DirectoryTier tier(Path directory, DurableFiles files) {
        return new DirectoryTier(directory, 1 << 20, Clock.systemUTC(), files);
    }

    private static String picture(int entry, int run, String which) {
        return ("entry " + entry + " of run " + run + ", picture " + which + "\n").repeat(20);
    }

    @Override
    public void work(int run, Path directory, DurableFiles files, Consumer<String> done) throws Exception {
        DirectoryTier tier = tier(directory, files);
        for (int entry = 0; entry < ENTRIES; entry++) {
            tier.put(
                    DirectoryTierTest.key("k" + entry),
                    DirectoryTierTest.entry(picture(entry, run, "a"), picture(entry, run, "b")));
            done.accept("put " + entry);
        }
        done.accept(EVICTING);
        tier.sweep().evict(1_500);
    }

    @Override
    public void verify(int run, Path directory, List<String> done) throws Exception {
        for (String step : done) {
            if (step.equals(EVICTING)) {
                kept.clear();
            } else {
                kept.put(Integer.parseInt(step.substring("put ".length())), run);
            }
        }
        DirectoryTier tier = tier(directory, DurableFiles.system());
        DirectorySweep.Verified verified = tier.sweep().verify();
        assertThat(verified.removedEntries())
                .as("entries torn or without their pictures")
                .isLessThanOrEqualTo(1);
        int readable = 0;
        for (int entry = 0; entry < ENTRIES; entry++) {
            readable += isWhole(entry, run, tier) ? 1 : 0;
        }
        assertThat(readable).isEqualTo(verified.intact());
    }

    /** Whether the entry is there; if so, both pictures are of one run that wrote it. */
    private boolean isWhole(int entry, int run, DirectoryTier tier) throws Exception {
        Optional<List<String>> found = tier.get(DirectoryTierTest.key("k" + entry), DirectoryTierTest::texts);
        int atLeast = kept.getOrDefault(entry, 0);
        if (found.isEmpty()) {
            assertThat(atLeast)
                    .as("run that wrote entry %s, which is lost", entry)
                    .isZero();
            return false;
        }
        String first = found.get().get(0);
        int writer = Integer.parseInt(first.substring(first.indexOf("run ") + 4, first.indexOf(',')));
        assertThat(found.get()).containsExactly(picture(entry, writer, "a"), picture(entry, writer, "b"));
        assertThat(writer).isBetween(atLeast, run);
        return true;
    }
}
