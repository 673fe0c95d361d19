package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** U-Nets in GGUF files, in blocks and in both tools' names, paint what the reference paints with their values. */
class GgufPicturesTest {

    @Test
    void paintsDiffusersPicturesOfTheWholeReference() throws IOException {
        Optional<Path> full = GoldenCheckpoints.fullSet();
        assumeTrue(full.isPresent(), "the whole reference set is not on this machine");
        Path folder = full.get();
        GoldenPipelines golden = GoldenPipelines.open(
                folder.resolve("expected/gguf-sd1.json"),
                folder.resolve("expected/gguf-sd1.safetensors"),
                folder.resolve("checkpoints/tiny-sd1"));

        List<String> lines = golden.compareAll();

        assertThat(lines).hasSize(3).allMatch(line -> line.endsWith("ok"));
    }
}
