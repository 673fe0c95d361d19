package dev.triptych.diffusion.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A process that unpacks the bundled checkpoint below its argument as soon as a line comes in. */
final class UnpackBundledCheckpoint {

    private UnpackBundledCheckpoint() {}

    public static void main(String[] arguments) throws IOException {
        System.out.println("ready");
        int line = System.in.read();
        System.out.println(line < 0 ? "no line" : BundledCheckpoint.directory(Path.of(arguments[0])));
    }
}
