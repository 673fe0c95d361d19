package dev.triptych.diffusion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.LocalDiffusionGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A caller with little stack left must not take the process down. */
class DeepStackTest {

    /** Paints one picture from a checkpoint; run in a process of its own, whose threads have small stacks. */
    static final class Painter {
        public static void main(String[] arguments) {
            try (LocalDiffusionGenerator generator = LocalDiffusionGenerator.of(Path.of(arguments[0]))) {
                generator.generate("a castle");
            }
        }
    }

    @Test
    void startsOnnxRuntimeForACallerWithASmallStack() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xss512k",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Painter.class.getName(),
                        GoldenCheckpoints.directory("tiny-sd1").toString()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();

        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void givesTheCallerTheErrorItself() {
        ModelLoadException error = new ModelLoadException("broken");

        assertThatThrownBy(() -> DeepStack.call(() -> {
                    throw error;
                }))
                .isSameAs(error);
    }
}
