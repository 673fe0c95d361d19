package dev.triptych.discord;

import dev.triptych.GenerationContext;
import dev.triptych.ImageResult;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.SplittableRandom;

/**
 * A relay in a process of its own that makes a grid and an upscale of it, and stops dead at one numbered moment of its
 * journal's life. It prints each moment that it lived to see.
 */
final class DyingRelay implements Disk {

    static final String PROMPT = "a red fox";
    /** The exit status of a process that died on purpose. */
    static final int DEAD = 9;

    private final Disk disk = Disk.system();
    private final int last;
    private int moment;

    private DyingRelay(int last) {
        this.last = last;
    }

    /** Arguments: those of {@link RelayProcess#settings}, and the number of the last moment; 0 = lives on. */
    public static void main(String... arguments) {
        Disk dying = new DyingRelay(Integer.parseInt(arguments[6]));
        RelayWorld world = new RelayWorld(Clock.systemUTC(), MonotonicTime.system(), new SplittableRandom(), dying);
        try (DiscordImageGenerator relay = new DiscordImageGenerator(RelayProcess.settings(arguments), world)) {
            ImageResult grid = relay.generate(RelayFixture.grid(PROMPT), context("grid"));
            relay.generate(RelayFixture.upscale(grid.images().get(1)), context("upscale"));
        }
    }

    /** A request id that is the same in every process. */
    static GenerationContext context(String requestId) {
        return GenerationContext.builder().requestId(requestId).build();
    }

    @Override
    public void write(FileOutputStream out, byte[] bytes) throws IOException {
        String state = Json.read(new String(bytes, StandardCharsets.UTF_8))
                .path("state")
                .asText();
        reached("before " + state);
        out.write(bytes, 0, bytes.length / 2);
        reached("half of " + state);
        out.write(bytes, bytes.length / 2, bytes.length - bytes.length / 2);
        reached("after " + state);
    }

    @Override
    public void force(FileOutputStream out) throws IOException {
        disk.force(out);
        reached("forced");
    }

    @Override
    public void replace(Path fresh, Path old) throws IOException {
        disk.replace(fresh, old);
        reached("replaced");
    }

    @SuppressWarnings("SystemOut") // The test reads it.
    private void reached(String what) {
        System.out.println(what);
        System.out.flush();
        moment++;
        if (moment == last) {
            Runtime.getRuntime().halt(DEAD);
        }
    }
}
