package dev.triptych.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.media.ImageHeader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartTest {

    @Test
    void showsEverythingOnce(@TempDir Path folder) throws Exception {
        ByteArrayOutputStream told = new ByteArrayOutputStream();

        Quickstart.run(folder, new PrintStream(told, true, StandardCharsets.UTF_8));

        assertThat(told.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "listener: 4 steps done",
                        "cancel: generation was cancelled",
                        "fallback: painted by offline instead of studio",
                        "cache: MISS, then HIT",
                        "budget: calls of " + today(told) + " must cost at most 0.05 USD but would cost up to 0.08 USD",
                        "comparison: report.html, 1 of 2 pictures missing");
        assertThat(ImageHeader.read(Files.readAllBytes(folder.resolve("fox.png")))
                        .mediaType())
                .isEqualTo("image/png");
        assertThat(folder.resolve("comparison/report.html")).exists();
    }

    /** The day that the budget counted on. */
    private static String today(ByteArrayOutputStream told) {
        return told.toString(StandardCharsets.UTF_8).replaceAll("(?s).*calls of (\\S+) .*", "$1");
    }
}
