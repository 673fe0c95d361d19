package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CompareCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @BeforeEach
    void writeConfiguration() throws IOException {
        Files.writeString(folder.resolve("triptych.yaml"), """
                default: whole
                generators:
                  whole: { type: faulty }
                  partly: { type: faulty, refuse-call: 2 }
                  never: { type: faulty, refuse-all: true }
                """);
        Files.writeString(folder.resolve("prompts.txt"), "a fox\n{\"prompt\": \"an owl\", \"seed\": 3}\n");
    }

    @Test
    void writesReportSheetAndLines() throws IOException {
        int code = compare("whole,partly", "--title", "Foxes", "--seed", "7");

        assertThat(err.toString().lines().sorted())
                .hasSize(5)
                .contains("3 pictures, 1 missing")
                .anySatisfy(line -> assertThat(line).endsWith("partly, prompt 2: refused: prompt was refused"));
        assertThat(code).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        target("report.html").toString(),
                        target("contact-sheet.png").toString());
        assertThat(Files.readString(target("report.html"))).contains("<title>Foxes</title>");
        List<JsonNode> cells = lines("cells.jsonl");
        assertThat(cells).hasSize(4);
        assertThat(cells.get(0).at("/making/effectiveRequest/seed").longValue()).isEqualTo(7);
        assertThat(cells.get(2).at("/making/effectiveRequest/seed").longValue()).isEqualTo(3);
        assertThat(cells.get(3).at("/reason/kind").textValue()).isEqualTo("REFUSED");
    }

    @Test
    void resumesOnlyWhenAsked() throws IOException {
        compare("whole");

        assertThat(compare("whole")).isEqualTo(Main.WRONG_USAGE);
        assertThat(err.toString()).contains("comparison folder must be empty, or the comparison in it resumed");
        assertThat(compare("whole", "--resume", "--json")).isZero();

        JsonNode summary = new ObjectMapper()
                .readTree(out.toString().lines().reduce((a, b) -> b).orElseThrow());
        assertThat(summary.at("/pictures").intValue()).isEqualTo(2);
        assertThat(summary.at("/report").textValue())
                .isEqualTo(target("report.html").toString());
    }

    @Test
    void comparesAGeneratorWithItself() throws IOException {
        int code =
                compare("whole,quick", "--variant", "quick=whole:steps=4,guidanceScale=2.5,size=16x8,faulty.known=b");

        assertThat(code).isZero();
        JsonNode quick = lines("cells.jsonl").get(1);
        assertThat(quick.at("/generator").textValue()).isEqualTo("quick");
        assertThat(quick.at("/making/effectiveRequest").toString())
                .isEqualTo("{\"guidanceScale\":2.5,\"options\":{\"faulty.known\":\"b\"},\"prompt\":\"a fox\","
                        + "\"size\":\"16x8\",\"steps\":4}");
    }

    @Test
    void failsWithoutAnyPicture() {
        assertThat(compare("never", "--quiet")).isEqualTo(Main.FAILED);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void namesAGeneratorThatIsNotConfigured() {
        assertThat(compare("whol")).isEqualTo(Main.WRONG_USAGE);
        assertThat(err.toString()).contains("whol", "whole");
    }

    @Test
    void addsUpVotes() throws IOException {
        Path first = votes("one.json", "LEFT", "LEFT");
        Path second = votes("two.json", "TIE", "RIGHT");

        // With p for a and 1 / p for b: 2.5 + ½ = 4 p² / (p² + 1) + p / (p + 1), so p² / (p² + 1) = 0.611.
        int code = execute(new VotesCommand(), first.toString(), second.toString());

        assertThat(code).isZero();
        assertThat(out.toString().lines()).hasSize(2).first().asString().isEqualTo(" 61.1 %  a  won 2.5 of 4");
    }

    private Path votes(String name, String... choices) throws IOException {
        String votes = Stream.of(choices)
                .map(choice -> "{\"row\":0,\"left\":\"a\",\"right\":\"b\",\"choice\":\"" + choice + "\"}")
                .reduce((a, b) -> a + "," + b)
                .orElseThrow();
        return Files.writeString(
                folder.resolve(name),
                "{\"format\":\"triptych-votes/1\",\"comparison\":\"c\",\"votes\":[" + votes + "]}");
    }

    private int compare(String generators, String... more) {
        String[] start = {
            "--prompts", folder.resolve("prompts.txt").toString(),
            "--config", folder.resolve("triptych.yaml").toString(),
            "--out", folder.resolve("out").toString(),
            "--generators", generators
        };
        return execute(
                new CompareCommand(),
                Stream.concat(Stream.of(start), Stream.of(more)).toArray(String[]::new));
    }

    private int execute(Callable<Integer> command, String... arguments) {
        return new CommandLine(command)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler((error, line, parsed) -> {
                    line.getErr().println(error.getMessage());
                    return Main.WRONG_USAGE;
                })
                .execute(arguments);
    }

    private Path target(String name) {
        return folder.resolve("out").resolve(name);
    }

    private List<JsonNode> lines(String name) throws IOException {
        ObjectMapper json = new ObjectMapper();
        return Files.readAllLines(target(name)).stream()
                .map(line -> {
                    try {
                        return json.readTree(line);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toList();
    }
}
