package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache directory as a person at a terminal meets it. */
class CacheCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @BeforeEach
    void configure() throws IOException {
        Files.writeString(config(), """
                generators: { whole: { type: faulty, cache: reuse } }
                cache: { directory: "%s" }
                journal: { directory: "%s" }
                """.formatted(cache(), folder.resolve("journal")));
    }

    private Path config() {
        return folder.resolve("triptych.yaml");
    }

    private Path cache() {
        return folder.resolve("cache");
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

    private JsonNode generate(String prompt) throws IOException {
        int code = run("generate", prompt, "--json", "--output", folder + "/fox.png");
        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        return new ObjectMapper().readTree(out.toString());
    }

    @Test
    void servesThePictureOfAnEarlierRunAgain() throws IOException {
        JsonNode first = generate("a fox");
        JsonNode second = generate("a fox");

        assertThat(first.path("cache").textValue()).isEqualTo("MISS");
        assertThat(second.path("cache").textValue()).isEqualTo("HIT");
        assertThat(second.path("attempts").intValue()).isZero();
        assertThat(second.path("sha256")).isEqualTo(first.path("sha256"));
    }

    @Test
    void saysWhatTheDirectoryHolds() throws IOException {
        generate("a fox");
        generate("two foxes");

        assertThat(run("cache", "stats")).isZero();

        assertThat(out.toString()).matches("2 results, [12] pictures?, 0\\.0 MiB in .*cache\n");
    }

    @Test
    void emptiesTheDirectory() throws IOException {
        generate("a fox");

        assertThat(run("cache", "clear")).isZero();
        assertThat(out.toString()).isEqualTo("removed 1 result, 1 picture, 0.0 MiB in " + cache() + "\n");

        assertThat(run("cache", "stats")).isZero();
        assertThat(out.toString()).isEqualTo("0 results, 0 pictures, 0.0 MiB in " + cache() + "\n");
        assertThat(generate("a fox").path("cache").textValue()).isEqualTo("MISS");
    }

    @Test
    void removesWhatIsDamaged() throws IOException {
        generate("a fox");
        generate("two foxes");
        damage("index");

        assertThat(run("cache", "verify")).isZero();

        assertThat(out.toString())
                .startsWith("1 result intact; removed: 1 damaged result, ")
                .endsWith(" in " + cache() + "\n");
        assertThat(run("cache", "verify")).isZero();
        assertThat(out.toString())
                .isEqualTo("1 result intact; removed: 0 damaged results, 0 pictures without a result in " + cache()
                        + "\n");
    }

    /** Cuts one file below {@code part} of the cache in half. */
    private void damage(String part) throws IOException {
        try (Stream<Path> files = Files.walk(cache())) {
            Path file = files.filter(Files::isRegularFile)
                    .filter(each -> each.toString().contains("/" + part + "/"))
                    .findFirst()
                    .orElseThrow();
            byte[] whole = Files.readAllBytes(file);
            Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        }
    }

    @Test
    void saysThatNothingIsKeptYetAndMakesNoDirectory() {
        assertThat(run("cache", "stats")).isZero();

        assertThat(out.toString()).isEqualTo("nothing is kept in " + cache() + " yet\n");
        assertThat(cache()).doesNotExist();
    }

    @Test
    void saysWhichSettingIsMissing() throws IOException {
        Files.writeString(config(), "generators: { whole: { type: faulty } }");

        assertThat(run("cache", "stats")).isNotZero();

        assertThat(err.toString())
                .isEqualTo("triptych: cache.directory must be set in the configuration but was not\n");
    }

    @Test
    void refusesATaskThatItDoesNotKnow() {
        assertThat(run("cache", "scrub")).isEqualTo(Main.WRONG_USAGE);
        assertThat(err.toString()).contains("scrub", "stats");
    }
}
