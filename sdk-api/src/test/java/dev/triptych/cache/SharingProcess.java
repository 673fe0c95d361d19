package dev.triptych.cache;

import dev.triptych.storage.DurableFiles;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** One of several processes that read and write the same small cache; ends with code 2 at the first wrong picture. */
public final class SharingProcess {

    private static final int OPERATIONS = 120;
    private static final int KEYS = 12;

    private SharingProcess() {}

    /** Arguments: directory, number of the process. Says how often it found something. */
    public static void main(String[] arguments) throws Exception {
        DirectoryTier tier = new DirectoryTier(Path.of(arguments[0]), 12_000, Clock.systemUTC(), DurableFiles.system());
        Random random = new Random(Long.parseLong(arguments[1]));
        int hits = 0;
        for (int i = 0; i < OPERATIONS; i++) {
            int key = random.nextInt(KEYS);
            Optional<List<String>> found = tier.get(DirectoryTierTest.key("k" + key), DirectoryTierTest::texts);
            if (found.isPresent()) {
                hits++;
                if (!found.get().equals(List.of(picture(key, "a"), picture(key, "b")))) {
                    System.exit(2);
                }
            } else {
                tier.put(
                        DirectoryTierTest.key("k" + key),
                        DirectoryTierTest.entry(picture(key, "a"), picture(key, "b")));
            }
        }
        System.out.println(hits);
    }

    private static String picture(int key, String which) {
        return ("key " + key + ", picture " + which + "\n").repeat(40);
    }
}
