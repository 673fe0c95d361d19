package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands as a person at a terminal meets them: what they print, what they write, how they exit. */
class MainTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    @BeforeEach
    void startWithoutConfiguration() throws IOException {
        Files.writeString(config(), "default: offline\ngenerators:\n  offline: { type: local }\n");
    }

    private Path config() {
        return folder.resolve("triptych.yaml");
    }

    private String generate(String... more) {
        String[] start = {"generate", "a red fox in the snow", "--config", config().toString(), "--steps", "2"};
        int code = run(Stream.concat(Stream.of(start), Stream.of(more)).toArray(String[]::new));
        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        return out.toString().strip();
    }

    @Test
    void printsOneJsonObjectForEachPicture() throws IOException {
        String[] lines = generate(
                        "--json",
                        "--seed",
                        "7",
                        "--count",
                        "2",
                        "--output",
                        folder.resolve("out").toString())
                .split("\n");

        assertThat(lines).hasSize(2);
        JsonNode second = new ObjectMapper().readTree(lines[1]);
        assertThat(second.path("seed").asLong()).isEqualTo(8);
        assertThat(second.path("width").asInt()).isEqualTo(second.path("height").asInt());
        assertThat(second.path("generator").asText()).isEqualTo("offline");
        assertThat(second.path("model").asText()).isEqualTo("bundled");
        assertThat(second.path("warnings").isArray()).isTrue();
        assertThat(second.path("durations").has("total")).isTrue();
        assertThat(second.path("sha256").asText()).hasSize(64);
        assertThat(Path.of(second.path("file").asText())).isRegularFile();
    }

    @Test
    void drawsASeedAndSaysWhich() throws IOException {
        JsonNode line = new ObjectMapper()
                .readTree(generate("--json", "--output", folder.resolve("a.png").toString()));

        assertThat(line.path("seed").isIntegralNumber()).isTrue();
    }

    @Test
    void replaysAPictureByteForByte() throws IOException {
        Path first = folder.resolve("first.png");
        Path second = folder.resolve("second.png");
        generate("--quiet", "--scheduler", "dpm++ 2m karras", "--output", first.toString());

        int code = run("replay", first.toString(), "--config", config().toString(), "--output", second.toString());

        assertThat(err.toString()).isEmpty();
        assertThat(code).isZero();
        assertThat(second).hasSameBinaryContentAs(first);
    }

    @Test
    void startsFromAPicture() throws IOException {
        Path first = folder.resolve("first.png");
        generate("--quiet", "--output", first.toString());

        String line = generate(
                "--json",
                "--input",
                first.toString(),
                "--strength",
                "0.5",
                "--output",
                folder.resolve("b.png").toString());

        assertThat(line).contains("\"file\"");
    }

    @Test
    void saysThatAPictureOfAnotherSizeThanItsInputIsPainted() throws IOException {
        Path input = folder.resolve("input.png");
        ImageIO.write(new BufferedImage(270, 200, BufferedImage.TYPE_INT_RGB), "png", input.toFile());

        int code = run(
                "generate",
                "a fox",
                "--steps",
                "2",
                "--config",
                config().toString(),
                "--input",
                input.toString(),
                "--output",
                folder.resolve("b.png").toString());

        assertThat(code).isZero();
        assertThat(err.toString())
                .matches("(note|warning): .*270x200.*\\n")
                .contains(out.toString().replaceAll("(?s).*b\\.png  (\\S+) .*", "$1"));
    }

    @Test
    void saysNothingOfASizeThatWasAskedForByPaintingAround() throws IOException {
        Path input = folder.resolve("input.png");
        ImageIO.write(new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB), "png", input.toFile());
        Path around = folder.resolve("around.png");

        int code = run(
                "generate",
                "a fox",
                "--steps",
                "2",
                "--config",
                config().toString(),
                "--input",
                input.toString(),
                "--outpaint",
                "16,0,16,0",
                "--output",
                around.toString());

        assertThat(code).isZero();
        assertThat(err.toString()).isEmpty();
        assertThat(ImageIO.read(around.toFile()).getWidth()).isEqualTo(64);
    }

    @Test
    void printsTokensAsTheTextEncoderGetsThem() throws IOException {
        int code = run("tokenize", "a red fox");

        JsonNode printed = new ObjectMapper().readTree(out.toString());
        assertThat(code).isZero();
        assertThat(printed.path("ids").size()).isEqualTo(printed.path("tokens").size());
        assertThat(printed.path("tokens").get(0).asText()).isEqualTo("<|startoftext|>");
    }

    @Test
    void refusesWhatNoGeneratorCouldDo() {
        int code = run("generate", "a fox", "--steps", "0", "--config", config().toString());

        assertThat(code).isEqualTo(Main.WRONG_USAGE);
        assertThat(err.toString()).isEqualTo("triptych: steps must be at least 1 but was 0\n");
    }

    @Test
    void refusesAnUnreadableInputPicture() throws IOException {
        Path text = Files.writeString(folder.resolve("note.txt"), "no picture");

        int code = run("generate", "a fox", "--input", text.toString(), "--config", config().toString());

        assertThat(code).isEqualTo(Main.WRONG_USAGE);
        assertThat(err.toString())
                .isEqualTo("triptych: picture must be a PNG, JPEG, WebP, GIF or BMP but was not: " + text + "\n");
    }

    @Test
    void refusesAFolderThatIsNoCheckpointAndWritesNothing() throws IOException {
        Path target = folder.resolve("x.png");

        int code = run(
                "generate", "a fox", "--model", folder.resolve("nowhere").toString(), "--output", target.toString());

        assertThat(code).isEqualTo(Main.FAILED);
        assertThat(err.toString())
                .isEqualTo("triptych: " + folder.resolve("nowhere")
                        + " must be a folder or a file of weights but does not exist\n");
        assertThat(target).doesNotExist();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.toList()).isEqualTo(List.of(config()));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | --count=0 | count must be between 1 and 1000 but was 0",
                "1 | --size=100000x100000 | size must have edges of at most 2048 pixels but was 100000x100000",
                "2 | --guidance=-1 | guidanceScale must be a number of at least 0 but was -1.0",
                "2 | --guidance=NaN | guidanceScale must be a number of at least 0 but was NaN",
                "1 | --steps=1001 | steps must be between 1 and 1000 but was 1001",
                "2 | --option=foo | --option must be KEY=VALUE but was \"foo\"",
                "2 | --option=foo=bar | option must be PROVIDER.SETTING, such as local.scheduler, but was \"foo\"",
                "1 | --option=local.eta=2 | option local.eta must be between 0.0 and 1.0 but was 2",
                "2 | --mask=src/test/none.png | mask: picture does not exist: src/test/none.png",
                "1 | --output=pom.xml/x.png | output folder cannot be made: %s: a file is in its place",
            })
    void refusesInOneLineAndWritesNothing(int code, String option, String message) throws IOException {
        String expected = message.formatted(Path.of("pom.xml").toAbsolutePath());

        assertThat(run("generate", "a secret fox", "--config", config().toString(), option))
                .isEqualTo(code);

        assertThat(err.toString()).isEqualTo("triptych: " + expected + "\n");
        assertThat(out.toString()).isEmpty();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.toList()).isEqualTo(List.of(config()));
        }
    }

    @Test
    void refusesAnOptionThatIsSaidTwice() {
        int code = run("generate", "a fox", "--scheduler", "euler", "--option", "local.scheduler=ddim");

        assertThat(code).isEqualTo(Main.WRONG_USAGE);
        assertThat(err.toString())
                .isEqualTo("triptych: option local.scheduler must be given once but was given twice\n");
    }

    @Test
    void warnsOfANameThatPromisesAnotherFormat() {
        Path file = folder.resolve("fox.jpg");

        int code = run("generate", "a fox", "--steps", "1", "--config", config().toString(), "--output=" + file);

        assertThat(code).isZero();
        assertThat(err.toString()).isEqualTo("warning: fox.jpg holds a picture of the format png\n");
        assertThat(file).isRegularFile();
    }

    @Test
    void saysThatWhatItPrintsWasLost() {
        PrintWriter closed = new PrintWriter(Writer.nullWriter());
        closed.close();

        assertThat(Main.run(closed, new PrintWriter(err, true), "models", "--config", config().toString()))
                .isEqualTo(Main.FAILED);
        assertThat(err.toString()).isEqualTo("triptych: standard output must be writable but is not\n");
    }

    @Test
    void asksForThePictureThatImageToImageStartedFrom() throws IOException {
        Path first = folder.resolve("first.png");
        Path second = folder.resolve("second.png");
        generate("--quiet", "--output", first.toString());
        generate("--quiet", "--input", first.toString(), "--output", second.toString());

        int code = run("replay", second.toString(), "--config", config().toString());

        assertThat(code).isEqualTo(Main.WRONG_USAGE);
        assertThat(err.toString())
                .startsWith("triptych: the picture with SHA-256 ")
                .endsWith(", which this one was made from, must be given with --input FILE, or with --control or"
                        + " --ip-adapter where it was, but was not\n");
    }

    @Test
    void replaysOnlyWhatTriptychMade() throws IOException {
        Path text = Files.writeString(folder.resolve("note.txt"), "no picture");

        assertThat(run("replay", text.toString())).isEqualTo(Main.FAILED);
        assertThat(run("replay", folder.resolve("none.png").toString())).isEqualTo(Main.FAILED);

        assertThat(err.toString())
                .isEqualTo("triptych: file must be a PNG that Triptych made: " + text
                        + ": picture must be a PNG but its first bytes are of another format\n"
                        + "triptych: file cannot be read: " + folder.resolve("none.png")
                        + ": no such file or folder\n");
    }

    @Test
    void warnsWhatWasCutOffALongPrompt() {
        String prompt = "castle ".repeat(100).strip();

        int code =
                run("generate", prompt, "--steps", "1", "--config", config().toString(), "--output", folder + "/c.png");

        assertThat(code).isZero();
        assertThat(err.toString())
                .startsWith("warning: prompt must be at most ")
                .contains("this was cut off: castle");
    }

    @Test
    void namesTheNearestSchedulerWhenItKnowsNone() {
        int code = run("generate", "a fox", "--scheduler", "eulr", "--config", config().toString());

        assertThat(code).isEqualTo(Main.FAILED);
        assertThat(err.toString())
                .startsWith("triptych: option local.scheduler: ")
                .contains("euler");
    }

    @Test
    void writesTheBestOfSeveralPictures() throws IOException {
        Path file = folder.resolve("best.png");

        String[] lines = generate("--json", "--best-of", "3", "--seed", "7", "--output", file.toString())
                .split("\n");

        assertThat(lines).hasSize(1);
        JsonNode line = new ObjectMapper().readTree(lines[0]);
        assertThat(line.path("seed").asLong()).isBetween(7L, 9L);
        assertThat(line.path("file").asText()).isEqualTo(file.toString());
        assertThat(line.path("warnings").get(0).asText())
                .startsWith("of 3 pictures, the one with seed " + line.path("seed")
                        + " shows the prompt best (CLIP bundled:");
        assertThat(file).isRegularFile();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--best-of=1;--best-of must be at least 2 but was 1",
                "--best-of=3 --count=2;--count must be left out with --best-of, which writes one picture, but was 2"
            })
    void refusesToChooseAmongNothing(String options, String expected) {
        int code = run(Stream.concat(
                        Stream.of("generate", "a fox", "--config", config().toString()), Stream.of(options.split(" ")))
                .toArray(String[]::new));

        assertThat(code).isEqualTo(Main.WRONG_USAGE);
        assertThat(err.toString()).isEqualTo("triptych: " + expected + "\n");
    }

    @Test
    void listsWhatIsAtHand() {
        int code = run("models", "--config", config().toString());

        assertThat(code).isZero();
        assertThat(out.toString()).contains("offline  (local)").contains("bundled  part of Triptych");
    }

    @Test
    void saysHowToBeCalled() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("generate", "replay", "models", "tokenize");
        assertThat(run("generate", "a", "--no-such-option")).isEqualTo(Main.WRONG_USAGE);
    }
}
