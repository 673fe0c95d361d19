package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said to a person and to a program when something is wrong, and what was probably meant. */
class ErrorsTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    private String config = "";

    @BeforeEach
    void writeConfiguration() throws IOException {
        config = Files.writeString(folder.resolve("triptych.yaml"), """
                        default: lost
                        generators:
                          lost: { type: faulty, billed: true, lose-call: 1 }
                          good: { type: faulty }
                          away: { type: faulty, key: "${env:NO_SUCH_KEY_HERE}", fallback: [good] }
                          keyless: { type: faulty, key: "${env:NO_SUCH_KEY_HERE}" }
                        journal: { directory: JOURNAL }
                        """.replace(
                                "JOURNAL", folder.resolve("journal").toString()))
                .toString();
    }

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    private String output() {
        return folder.resolve("x.png").toString();
    }

    @Test
    void saysWhatMayHaveBeenBilled() {
        assertThat(run("generate", "a fox", "--config", config, "-o", output())).isEqualTo(Main.FAILED);

        assertThat(err.toString())
                .isEqualTo("triptych: no answer came\ntriptych: outcome unknown: the call may have been carried out and"
                        + " billed; it is not repeated by itself\n");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void tellsAProgramInJson() throws IOException {
        assertThat(run("generate", "a fox", "--json", "--config", config, "-o", output()))
                .isEqualTo(Main.FAILED);

        JsonNode line = new ObjectMapper().readTree(out.toString());
        assertThat(line.path("error").asText()).isEqualTo("no answer came");
        assertThat(line.path("type").asText()).isEqualTo("ProviderUnavailableException");
        assertThat(line.path("provider").asText()).isEqualTo("faulty");
        assertThat(line.path("outcome").asText()).isEqualTo("UNKNOWN");
        assertThat(line.path("mayBeBilled").asBoolean()).isTrue();
        assertThat(line.path("retryable").asBoolean()).isFalse();
        assertThat(line.path("requestId").asText()).isEqualTo("r-7");
        assertThat(line.path("exitCode").asInt()).isEqualTo(1);
    }

    @Test
    void tellsAProgramOfWrongUsageInJson() throws IOException {
        assertThat(run("generate", "a fox", "--json", "--sed", "1")).isEqualTo(Main.WRONG_USAGE);

        JsonNode line = new ObjectMapper().readTree(out.toString());
        assertThat(line.path("error").asText()).startsWith("Unknown option");
        assertThat(line.path("exitCode").asInt()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "generate;a fox;--sed=1 | --seed",
                "genrate;a fox | generate",
                "generate;a;red;fox | A prompt is one argument: put it in quotes, as in: triptych generate \"a red fox\"",
                "a red fox | A picture is made with the command generate, as in: triptych generate \"a red fox\"",
                "generate;-5 degrees | A text that begins with - comes last, after --, as in: triptych generate -- \"-5 degrees\"",
                "generate;-owl in the snow | A text that begins with - comes last, after --, as in: triptych generate --"
            })
    void namesWhatWasProbablyMeant(String arguments, String meant) {
        assertThat(run(arguments.split(";"))).isEqualTo(Main.WRONG_USAGE);

        assertThat(err.toString()).contains(meant).contains("Try: triptych");
    }

    @Test
    void takesAPromptThatBeginsWithADash() {
        assertThat(run("generate", "--config", config, "--generator=good", "-o", output(), "--", "-5 degrees"))
                .isZero();
    }

    @Test
    void readsNoFileForAPromptThatBeginsWithAt() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "--no-such-option");

        assertThat(run("generate", "@" + secret, "--config", config, "--generator=good", "-o", output()))
                .isZero();
        assertThat(run("tokenize", "@" + secret)).isZero();

        assertThat(err.toString()).isEmpty();
        assertThat(out.toString()).doesNotContain("no-such-option");
    }

    @Test
    void refusesBytesThatTheSystemsEncodingDoesNotKnow() {
        assertThat(run("generate", "a caf\uFFFD", "--config", config, "--generator=good", "-o", output()))
                .isEqualTo(Main.WRONG_USAGE);

        assertThat(err.toString())
                .startsWith("triptych: argument 2 must be text in this system's encoding (")
                .contains(") but holds bytes that are none in it");
        assertThat(folder.resolve("x.png")).doesNotExist();
    }

    @Test
    void showsTheHelpOfACommand() {
        assertThat(run("help", "generate")).isZero();

        assertThat(out.toString()).contains("Makes a picture from a prompt.", "--seed");
    }

    @Test
    void saysWhatEachGeneratorLacksAndListsTheOthers() throws IOException {
        Files.writeString(Path.of(config), Files.readString(Path.of(config)).replace("generators:\n", """
                generators:
                  nobody: { type: nosuch }
                """));

        assertThat(run("models", "--config", config)).isZero();

        assertThat(out.toString().lines())
                .contains(
                        "  nobody  (nosuch)  jar missing: nothing on the class path makes generators of this type",
                        "  good  (faulty)  ok, model tiny",
                        "  keyless  (faulty)  key missing: generators.keyless.key needs the environment variable"
                                + " NO_SUCH_KEY_HERE but it is not set");
    }

    @Test
    void comparesTheOthersWhereOneLacksItsKey() throws IOException {
        Files.writeString(folder.resolve("prompts.txt"), "a fox\n");

        int code = run(
                "compare",
                "--prompts=" + folder.resolve("prompts.txt"),
                "--generators=good,keyless",
                "--config",
                config,
                "--out=" + folder.resolve("out"));

        assertThat(code).isZero();
        assertThat(err.toString())
                .contains("keyless, prompt 1: ")
                .contains("needs the environment variable NO_SUCH_KEY_HERE but it is not set")
                .contains("1 picture, 1 missing");
    }

    @Test
    void fallsBackWhereTheFirstLacksItsKey() {
        assertThat(run("generate", "a fox", "--json", "--config", config, "--generator=away", "-o", output()))
                .isZero();

        assertThat(out.toString()).contains("\"generator\":\"good\"");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void refusesAVariantThatTakesNoPart() throws IOException {
        Files.writeString(folder.resolve("prompts.txt"), "a fox\n");

        int code = run(
                "compare",
                "--prompts=" + folder.resolve("prompts.txt"),
                "--generators=good",
                "--variant=quick=good:steps=4",
                "--config",
                config,
                "--out=" + folder.resolve("out"));

        assertThat(code).isEqualTo(Main.WRONG_USAGE);
        assertThat(err.toString())
                .isEqualTo("triptych: --variant quick must be one of --generators but those are good\n");
    }

    @ParameterizedTest
    @CsvSource({"bash,complete -F", "zsh,bashcompinit", "fish,complete -c triptych -n"})
    void writesACompletionForEachShell(String shell, String holds) {
        assertThat(run("completion", shell)).isZero();

        assertThat(out.toString()).contains(holds, "generate", "best-of");
    }

    @Test
    void logsInOneLine() {
        LogRecord event = new LogRecord(Level.WARNING, "cache entry {0} was passed over");
        event.setParameters(new Object[] {"abc"});
        event.setThrown(new IllegalStateException("outer", new IOException("Read-only\nfile system")));

        assertThat(new OneLineLog().format(event))
                .isEqualTo("warning: cache entry abc was passed over: Read-only file system" + System.lineSeparator());
    }
}
