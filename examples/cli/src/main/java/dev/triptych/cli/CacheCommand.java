package dev.triptych.cli;

import dev.triptych.cache.CacheSettings;
import dev.triptych.cache.CacheStats;
import dev.triptych.cache.CacheVerification;
import dev.triptych.cache.PictureCache;
import dev.triptych.config.ChainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triptych cache}: looks after the directory in which pictures are kept. */
@Command(
        name = "cache",
        mixinStandardHelpOptions = true,
        description = "Shows, empties or checks the cache directory of the configuration.")
final class CacheCommand implements Callable<Integer> {

    /** What to do with the cache. */
    enum Task {
        STATS,
        CLEAR,
        VERIFY
    }

    @Parameters(
            paramLabel = "stats|clear|verify",
            description = "stats: what it holds. clear: empties it. verify: reads every entry and removes the damaged.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private Task task;

    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    CacheCommand() {}

    @Override
    public Integer call() {
        CacheSettings settings = ChainConfig.read(config.load()).cache();
        Path directory = settings.directory()
                .orElseThrow(() -> new CommandFailure("cache.directory must be set in the configuration but was not"));
        if (!Files.isDirectory(directory)) {
            spec.commandLine().getOut().println("nothing is kept in " + directory + " yet");
            return 0;
        }
        try (PictureCache cache = PictureCache.open(settings)) {
            spec.commandLine().getOut().println(carryOut(cache) + " in " + directory);
            return 0;
        } catch (IOException e) {
            String what = task == Task.STATS ? "read" : "changed";
            throw new CommandFailure("cache directory cannot be " + what + ": " + directory + ": " + IoReason.of(e), e);
        }
    }

    private String carryOut(PictureCache cache) throws IOException {
        return switch (task) {
            case STATS -> amount(cache.stats());
            case CLEAR -> "removed " + amount(cache.clear());
            case VERIFY -> amount(cache.verify());
        };
    }

    private static String amount(CacheStats stats) {
        return counted(stats.directoryEntries(), "result") + ", " + counted(stats.directoryPictures(), "picture")
                + String.format(Locale.ROOT, ", %.1f MiB", stats.directoryBytes() / 1048576.0);
    }

    private static String amount(CacheVerification verification) {
        return counted(verification.intact(), "result") + " intact; removed: "
                + counted(verification.removedEntries(), "damaged result") + ", "
                + counted(verification.removedPictures(), "picture") + " without a result";
    }

    /** {@code "1 result"}, {@code "2 results"}. */
    static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
