package dev.triptych.diffusion.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much room a disk has. Tests put a small one in its place. */
@FunctionalInterface
interface Space {

    /** Bytes that can still be written to {@code folder}; 0 or less where the system does not say. */
    long free(Path folder) throws IOException;

    /** The disk as it is. */
    static Space real() {
        return folder -> Files.getFileStore(folder).getUsableSpace();
    }

    /** {@code 5.2 GB}, {@code 820 MB} or {@code 12 kB}. */
    static String text(long bytes) {
        if (bytes < 1_000_000) {
            return (bytes + 999) / 1000 + " kB";
        }
        return bytes < 1_000_000_000
                ? (bytes + 500_000) / 1_000_000 + " MB"
                : String.format(java.util.Locale.ROOT, "%.1f GB", bytes / 1e9);
    }
}
