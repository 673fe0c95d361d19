package dev.triptych.storage;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Starts Java processes with this one's classes, fast: the classes are packed into a jar so that the JVM can map them
 * from a class-data archive that the first process leaves behind.
 */
public final class ChildProcesses {

    /** What the children's work needs beside our own classes. */
    private static final List<String> LIBRARIES =
            List.of("jackson-core-", "jackson-databind-", "jackson-annotations-", "jspecify-");

    private final Path home;
    private final String classPath;
    private final Path archive;

    /** Processes that keep their jar and archive in {@code home}. */
    public ChildProcesses(Path home) throws IOException {
        this.home = home;
        this.archive = home.resolve("classes.jsa");
        this.classPath = packed();
    }

    private String packed() throws IOException {
        List<String> path = new ArrayList<>();
        Path jar = home.resolve("classes.jar");
        path.add(jar.toString());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            Set<String> names = new HashSet<>();
            for (String entry : Pattern.compile(Pattern.quote(File.pathSeparator))
                    .splitAsStream(System.getProperty("java.class.path"))
                    .toList()) {
                if (Files.isDirectory(Path.of(entry))) {
                    pack(Path.of(entry), names, out);
                } else if (LIBRARIES.stream().anyMatch(entry::contains)) {
                    path.add(entry);
                }
            }
        }
        return String.join(File.pathSeparator, path);
    }

    private static void pack(Path directory, Set<String> names, JarOutputStream out) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file :
                    all.filter(each -> each.toString().endsWith(".class")).toList()) {
                String name = directory.relativize(file).toString().replace(File.separatorChar, '/');
                if (name.startsWith("dev/triptych/") && names.add(name)) {
                    out.putNextEntry(new JarEntry(name));
                    Files.copy(file, out);
                }
            }
        }
    }

    /** Runs {@code main} once to its end, so that later processes start faster. */
    public void warmUp(String main, String... arguments) throws IOException, InterruptedException {
        Process process = start(List.of("-XX:ArchiveClassesAtExit=" + archive), main, arguments);
        process.getInputStream().readAllBytes();
        process.waitFor();
    }

    /** Starts {@code main}. */
    public Process start(String main, String... arguments) throws IOException {
        return start(Files.exists(archive) ? List.of("-XX:SharedArchiveFile=" + archive) : List.of(), main, arguments);
    }

    private Process start(List<String> options, String main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-Xlog:cds=off",
                "-Xlog:cds+dynamic=off",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-XX:-UsePerfData"));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(home.resolve("stderr.txt").toFile())
                .start();
    }

    /** Every line that {@code process} says until it ends. */
    public static List<String> lines(Process process) {
        try (InputStream out = process.getInputStream()) {
            return new String(out.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
