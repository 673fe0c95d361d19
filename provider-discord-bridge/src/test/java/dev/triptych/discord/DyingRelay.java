package dev.triptych.discord;

import dev.triptych.GenerationContext;
import dev.triptych.ImageResult;
import dev.triptych.storage.WatchedFiles;
import java.time.Clock;
import java.util.SplittableRandom;

/**
 * A relay in a process of its own that makes a grid and an upscale of it, and stops dead before one numbered step of
 * its journal's life. It prints each step that it came to.
 */
final class DyingRelay {

    static final String PROMPT = "a red fox";
    /** The exit status of a process that died on purpose. */
    static final int DEAD = 9;

    private final int last;
    private int step;

    private DyingRelay(int last) {
        this.last = last;
    }

    /** Arguments: those of {@link RelayProcess#settings}, and the number of the last step; 0 = lives on. */
    public static void main(String... arguments) {
        DyingRelay dying = new DyingRelay(Integer.parseInt(arguments[6]));
        RelayEnvironment environment = new RelayEnvironment(
                Clock.systemUTC(),
                MonotonicTime.system(),
                new SplittableRandom(),
                WatchedFiles.telling(dying::reached));
        try (DiscordImageGenerator relay = new DiscordImageGenerator(RelayProcess.settings(arguments), environment)) {
            ImageResult grid = relay.generate(RelayFixture.grid(PROMPT), context("grid"));
            relay.generate(RelayFixture.upscale(grid.images().get(1)), context("upscale"));
        }
    }

    /** A request id that is the same in every process. */
    static GenerationContext context(String requestId) {
        return GenerationContext.builder().requestId(requestId).build();
    }

    @SuppressWarnings("SystemOut") // The test reads it.
    private synchronized void reached(String what) {
        System.out.println(what);
        System.out.flush();
        step++;
        if (step == last) {
            Runtime.getRuntime().halt(DEAD);
        }
    }
}
