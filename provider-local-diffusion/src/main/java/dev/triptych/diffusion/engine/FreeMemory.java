package dev.triptych.diffusion.engine;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * How much memory this process may still take: what the machine has free, or can free by forgetting files, and not more
 * than the process's control group allows (a container's limit). Reads files below a root, which tests put elsewhere.
 */
final class FreeMemory {

    private final Path root;

    /** @param root the root of the file system that {@code proc} and {@code sys} are on */
    FreeMemory(Path root) {
        this.root = root;
    }

    /** Of this machine. */
    static FreeMemory ofMachine() {
        return new FreeMemory(Path.of("/"));
    }

    /** In bytes. */
    long bytes() {
        long machine = field(root.resolve("proc/meminfo"), "MemAvailable:").stream()
                .map(kilobytes -> kilobytes << 10)
                .findFirst()
                .orElseGet(FreeMemory::elsewhere);
        return Math.min(machine, Math.min(version2(), version1()));
    }

    /**
     * Where there is no such file. What macOS calls free leaves out what it can free, so half of the memory is taken to
     * be there.
     */
    private static long elsewhere() {
        if (!(ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system)) {
            return Long.MAX_VALUE;
        }
        boolean tellsFree =
                System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        return tellsFree
                ? system.getFreeMemorySize()
                : Math.max(system.getFreeMemorySize(), system.getTotalMemorySize() / 2);
    }

    /** What the control groups above this process leave, each of which may have a limit: kernel docs, cgroup-v2.rst. */
    private long version2() {
        Path mount = root.resolve("sys/fs/cgroup");
        long free = Long.MAX_VALUE;
        Path group = mount.resolve(ownGroup()).normalize();
        while (group != null && group.startsWith(mount)) {
            free = Math.min(free, left(group, "memory.max", "memory.current", "inactive_file"));
            group = group.getParent();
        }
        return free;
    }

    private String ownGroup() {
        try (Stream<String> lines = Files.lines(root.resolve("proc/self/cgroup"))) {
            return lines.filter(line -> line.startsWith("0::/"))
                    .map(line -> line.substring("0::/".length()))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return ""; // no Linux, or no control groups
        }
    }

    private long version1() {
        Path group = root.resolve("sys/fs/cgroup/memory");
        return left(group, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
    }

    /** A group's limit less what is used, files left out that can be forgotten. */
    private static long left(Path group, String limit, String usage, String files) {
        OptionalLong most = number(group.resolve(limit));
        OptionalLong used = number(group.resolve(usage));
        if (most.isEmpty() || used.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long forgettable = field(group.resolve("memory.stat"), files).orElse(0);
        return Math.max(0, most.getAsLong() - used.getAsLong() + forgettable);
    }

    private static OptionalLong number(Path file) {
        try {
            return parsed(Files.readString(file).strip());
        } catch (IOException e) {
            return OptionalLong.empty(); // no such limit
        }
    }

    private static OptionalLong field(Path file, String name) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(line -> line.strip().split("\\s+"))
                    .filter(words -> words.length > 1 && words[0].equals(name))
                    .map(words -> parsed(words[1]))
                    .findFirst()
                    .orElse(OptionalLong.empty());
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** "max" is no number: there is no limit. */
    private static OptionalLong parsed(String number) {
        try {
            return OptionalLong.of(Long.parseLong(number));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
