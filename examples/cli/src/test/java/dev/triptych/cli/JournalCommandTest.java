package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal of calls that may have been billed, as a person at a terminal meets it. */
class JournalCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @BeforeEach
    void configure() throws IOException {
        Files.writeString(config(), """
                generators:
                  whole: { type: faulty, billed: true }
                  never: { type: faulty, billed: true, refuse-all: true }
                journal: { directory: "%s" }
                """.formatted(journal()));
    }

    private Path config() {
        return folder.resolve("triptych.yaml");
    }

    private Path journal() {
        return folder.resolve("journal");
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.run(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Stream.concat(Stream.of(arguments), Stream.of("--config", config().toString()))
                        .toArray(String[]::new));
    }

    private void generate(String generator) {
        run("generate", "a fox", "--generator", generator, "--quiet", "--output", folder + "/fox.png");
    }

    @Test
    void listsEachBilledCallAndWhatBecameOfIt() {
        generate("whole");
        generate("never");

        assertThat(run("journal")).isZero();

        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ  COMPLETED  whole  .*  1 of 1.*");
        assertThat(lines.get(1)).matches("\\S+Z  REJECTED  never  .*  0 of 1  ContentRejectedException.*");
        assertThat(lines.get(2)).isEqualTo("2 calls, 0 of unknown outcome, in " + journal());
    }

    @Test
    void namesTheCallOfAProcessThatIsGone() throws IOException {
        generate("whole");
        forgetTheOutcome();

        assertThat(run("journal", "--unknown")).isZero();

        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).matches("\\S+Z  UNKNOWN  whole  .*  0 of 1.*");
        assertThat(lines.get(1)).isEqualTo("1 call, 1 of unknown outcome, in " + journal());
    }

    /** Leaves what a process would have that was killed during its call: the first line, and a process that is gone. */
    private void forgetTheOutcome() throws IOException {
        try (Stream<Path> files = Files.walk(journal())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                List<String> lines = Files.readAllLines(file);
                if (!lines.isEmpty()) {
                    String started = lines.get(0)
                            .replaceAll("\"processStart\":\"[^\"]*\"", "\"processStart\":\"1970-01-01T00:00:00Z\"");
                    Files.writeString(file, started + "\n");
                }
            }
        }
    }

    @Test
    void saysThatThereWasNoCallYet() {
        assertThat(run("journal")).isZero();

        assertThat(out.toString()).isEqualTo("0 calls, 0 of unknown outcome, in " + journal() + "\n");
    }
}
