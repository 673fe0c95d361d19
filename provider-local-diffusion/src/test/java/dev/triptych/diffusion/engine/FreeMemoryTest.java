package dev.triptych.diffusion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeMemoryTest {

    @TempDir
    Path root;

    @BeforeEach
    void aMachineWithEightGigabytes() throws IOException {
        write(
                "proc/meminfo",
                "MemTotal:       16777216 kB\nMemFree:         1048576 kB\nMemAvailable:    8388608 kB\n");
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private long megabytes() {
        return new FreeMemory(root).bytes() >> 20;
    }

    @Test
    void whatTheKernelCanFreeCounts() {
        assertThat(megabytes()).isEqualTo(8192);
    }

    @Test
    void aContainerLeavesItsLimitLessWhatItUsesAndCannotForget() throws IOException {
        write("sys/fs/cgroup/memory.max", (4L << 30) + "\n");
        write("sys/fs/cgroup/memory.current", (3L << 30) + "\n");
        write("sys/fs/cgroup/memory.stat", "anon 5\ninactive_file " + (1L << 30) + "\n");

        assertThat(megabytes()).isEqualTo(2048);
    }

    @Test
    void theNarrowestGroupAboveCounts() throws IOException {
        write("proc/self/cgroup", "0::/user.slice/app.scope\n");
        write("sys/fs/cgroup/user.slice/app.scope/memory.max", "max\n");
        write("sys/fs/cgroup/user.slice/app.scope/memory.current", "7\n");
        write("sys/fs/cgroup/user.slice/memory.max", (1L << 30) + "\n");
        write("sys/fs/cgroup/user.slice/memory.current", (256L << 20) + "\n");

        assertThat(megabytes()).isEqualTo(768);
    }

    @Test
    void theOlderKindOfGroupCountsToo() throws IOException {
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", (2L << 30) + "\n");
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", (1L << 30) + "\n");
        write("sys/fs/cgroup/memory/memory.stat", "total_inactive_file " + (512L << 20) + "\n");

        assertThat(megabytes()).isEqualTo(1536);
    }

    @Test
    void noMachineHasNothing() {
        assertThat(FreeMemory.ofMachine().bytes()).isPositive();
    }
}
