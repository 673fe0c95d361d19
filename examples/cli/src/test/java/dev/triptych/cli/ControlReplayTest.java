package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A picture that LoRA, ControlNet or a second pass made, made again from what it says of itself. */
class ControlReplayTest {

    @TempDir
    Path temp;

    private Path golden;
    private Path edges;
    private Path config;
    private Path picture;

    @BeforeEach
    void paint() throws IOException {
        golden = Path.of(System.getProperty("triptych.reference", "no-such-place"), "golden");
        assumeTrue(Files.isDirectory(golden), "the reference values are not on this machine");
        edges = Files.write(temp.resolve("edges.png"), TestPictures.png(64, 64, Color.ORANGE));
        config = Files.writeString(
                temp.resolve("triptych.yaml"),
                "generators:\n  local:\n    type: local\n    model: " + golden.resolve("checkpoints/tiny-sd1") + "\n");
        picture = temp.resolve("first.png");
        List<String> arguments = new ArrayList<>(List.of("generate", "--config", config.toString()));
        arguments.addAll(files());
        arguments.addAll(
                List.of("--generator", "local", "--seed", "5", "--steps", "2", "-o", picture.toString(), "a castle"));
        Answer made = run(arguments);
        assertThat(made.code()).as(made.errors()).isZero();
    }

    private List<String> files() {
        return List.of(
                "--lora",
                golden.resolve("lora/kohya.safetensors") + "=0.6",
                "--control",
                golden.resolve("checkpoints/tiny-controlnet") + "=" + edges + ",strength=0.7,end=0.5");
    }

    @Test
    void isTheSameToTheByteWithTheFilesAtHand() {
        List<String> arguments = replay();
        arguments.addAll(files());

        Answer replayed = run(arguments);

        assertThat(replayed.code()).as(replayed.errors()).isZero();
        assertThat(replayed.output()).contains("byte for byte the same picture");
    }

    @Test
    void saysWhichFileIsMissing() {
        List<String> withoutAny = replay();
        List<String> withThePicture = replay();
        withThePicture.addAll(List.of("--input", edges.toString()));
        List<String> withoutTheLora = replay();
        withoutTheLora.addAll(files().subList(2, 4));

        assertThat(run(withoutAny).errors()).contains("the picture with SHA-256", "must be given with --input FILE");
        assertThat(run(withThePicture).errors())
                .contains("inputs[0].name must be set up in the generator, which has none for role CONTROL, but was"
                        + " \"tiny-controlnet\"");
        assertThat(run(withoutTheLora).errors())
                .contains("option local.lora: a LoRA must be one of the configured but was \"kohya\"");
    }

    @Test
    void aSecondPassWithWeightsAndAnIntervalIsTheSameToTheByte() {
        picture = temp.resolve("larger.png");
        List<String> lora = files().subList(0, 2);
        List<String> arguments = new ArrayList<>(List.of("generate", "--config", config.toString()));
        arguments.addAll(lora);
        arguments.addAll(List.of("--seed", "5", "--steps", "3", "--size", "64x64", "--prompt-syntax", "a1111"));
        arguments.addAll(List.of("--option", "local.guidance-interval=0-0.7"));
        arguments.addAll(List.of("--option", "local.hires-scale=1.5", "--option", "local.hires-upscaler=lanczos"));
        arguments.addAll(List.of("-o", picture.toString(), "a (castle:1.3) on a [[hill]]"));
        List<String> again = replay();
        again.addAll(lora);

        Answer made = run(arguments);
        Answer replayed = run(again);

        assertThat(made.code()).as(made.errors()).isZero();
        assertThat(replayed.code()).as(replayed.errors()).isZero();
        assertThat(replayed.output()).contains("byte for byte the same picture");
    }

    private List<String> replay() {
        return new ArrayList<>(List.of(
                "replay",
                picture.toString(),
                "--config",
                config.toString(),
                "-o",
                temp.resolve("again.png").toString()));
    }

    private record Answer(int code, String output, String errors) {}

    private static Answer run(List<String> arguments) {
        StringWriter output = new StringWriter();
        StringWriter errors = new StringWriter();
        int code = Main.commandLine()
                .setOut(new PrintWriter(output))
                .setErr(new PrintWriter(errors))
                .execute(arguments.toArray(String[]::new));
        return new Answer(code, output.toString(), errors.toString());
    }
}
