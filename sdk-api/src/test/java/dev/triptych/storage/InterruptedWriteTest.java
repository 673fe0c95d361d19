package dev.triptych.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cancelled call must still be written down: an interrupt keeps nothing from the disk, and is not lost. */
class InterruptedWriteTest {

    @TempDir
    Path directory;

    @Test
    void writesTheFirstLineOfALogThoughTheThreadIsInterrupted() throws IOException {
        LineLog log = new LineLog(directory.resolve("new").resolve("log.jsonl"), DurableFiles.system());

        Thread.currentThread().interrupt();
        log.append(Map.of("a", "1"));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(log.read(0).lines()).containsExactly(Map.of("a", "1"));
    }

    @Test
    void replacesAFileThoughTheThreadIsInterrupted() throws IOException {
        Path file = directory.resolve("file");

        Thread.currentThread().interrupt();
        DurableFiles.system().replace(file, directory, new byte[] {1});

        assertThat(Thread.interrupted()).isTrue();
        assertThat(file).hasBinaryContent(new byte[] {1});
    }
}
