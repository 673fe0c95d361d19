package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.GeneratedImage;
import dev.triptych.storage.UserFolders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where finished pictures go, and that none is lost on the way. */
class OutputTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @BeforeEach
    void writeConfiguration() throws IOException {
        Files.writeString(folder.resolve("triptych.yaml"), """
                default: free
                generators:
                  free: { type: faulty, refuse-call: 3, cache: off }
                  good: { type: faulty }
                """);
    }

    private int generate(String... more) {
        Stream<String> start = Stream.of(
                "generate", "a fox", "--config", folder.resolve("triptych.yaml").toString());
        return Main.run(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Stream.concat(start, Stream.of(more)).toArray(String[]::new));
    }

    private List<String> filesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void refusesANameThatNoFileCanHaveBeforeAnythingIsPainted() throws IOException {
        assertThat(generate("--generator=good", "-o", folder + "/" + "x".repeat(256) + ".png"))
                .isEqualTo(Main.FAILED);

        assertThat(err.toString())
                .startsWith("triptych: output cannot be written: " + folder + "/xxx")
                .endsWith(".png: File name too long\n");
        assertThat(filesIn(folder)).containsExactly("triptych.yaml");
    }

    @Test
    void refusesWhereOnlyTheNumberOfTheLastPictureMakesTheNameTooLong() throws IOException {
        String name = "x".repeat(250) + ".png";

        assertThat(generate("--generator=good", "--count=4", "-o", folder + "/" + name))
                .isEqualTo(Main.FAILED);
        assertThat(generate("--generator=good", "-o", folder + "/" + name)).isZero();

        assertThat(filesIn(folder)).containsExactly("triptych.yaml", name);
    }

    @Test
    void keepsThePicturesThatCameBeforeOneThatDidNot() throws IOException {
        assertThat(generate(
                        "--count=4", "--seed=7", "-o", folder.resolve("fox.png").toString()))
                .isEqualTo(Main.FAILED);

        assertThat(filesIn(folder)).containsExactly("fox-1.png", "fox-2.png", "triptych.yaml");
        assertThat(err.toString()).isEqualTo("triptych: prompt was refused\n");
        assertThat(out.toString().lines()).hasSize(2).allMatch(line -> line.contains("  seed "));
    }

    @Test
    void keepsAPictureElsewhereThatCannotBeWrittenWhereItWasWanted() throws IOException {
        Path device = Path.of("/dev/full");
        assumeTrue(Files.exists(device), "this system has no /dev/full");

        assertThat(generate("--generator=good", "--json", "--seed=3", "-o", device.toString()))
                .isEqualTo(Main.FAILED);

        JsonNode line = new ObjectMapper().readTree(out.toString());
        Path kept = Path.of(line.path("file").asText());
        assertThat(kept).startsWith(UserFolders.state().resolve("pictures"));
        assertThat(GeneratedImage.of(Files.readAllBytes(kept)).sha256())
                .isEqualTo(line.path("sha256").asText());
        assertThat(line.path("error").asText())
                .isEqualTo("picture cannot be written to /dev/full: No space left on device; it is kept in " + kept);
        assertThat(err.toString()).isEqualTo("triptych: " + line.path("error").asText() + "\n");
        Files.delete(kept);
    }

    @Test
    void writesToADeviceAsItIs() {
        assertThat(generate("--generator=good", "--count=2", "-o", "/dev/null")).isZero();

        assertThat(err.toString()).isEmpty();
        assertThat(out.toString().lines()).hasSize(2).allMatch(line -> line.startsWith("/dev/null  "));
    }

    @Test
    void putsAPictureAloneOnStandardOutput() {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int code;
        try {
            System.setOut(new PrintStream(bytes, true));
            code = generate("--generator=good", "-o", "-");
        } finally {
            System.setOut(before);
        }

        assertThat(code).isZero();
        assertThat(GeneratedImage.of(bytes.toByteArray()).mediaType()).isEqualTo("image/png");
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).startsWith("-  8x8");
    }

    @Test
    void refusesWhatStandardOutputCannotTake() {
        assertThat(generate("--count=2", "-o", "-")).isEqualTo(Main.WRONG_USAGE);
        assertThat(generate("--json", "-o", "/dev/stdout")).isEqualTo(Main.WRONG_USAGE);

        assertThat(err.toString()).isEqualTo("""
                        triptych: --output - takes one picture but 2 were asked for
                        triptych: --json and a picture cannot both go to standard output
                        """);
    }

    @Test
    void putsTheHomeInThePlaceOfAQuotedTilde() throws IOException {
        Path target = UserFolders.home().resolve("triptych-test-" + System.nanoTime() + ".png");
        try {
            assertThat(generate("--generator=good", "-o", "~/" + target.getFileName()))
                    .isZero();
            assertThat(target).isRegularFile();
        } finally {
            Files.deleteIfExists(target);
        }
    }
}
