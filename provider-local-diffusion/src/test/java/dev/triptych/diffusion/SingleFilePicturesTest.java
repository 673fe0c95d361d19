package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A model in one file paints what its folder paints. */
class SingleFilePicturesTest {

    @Test
    void paintsDiffusersPicturesOfTheWholeReference() throws IOException {
        Optional<Path> full = GoldenCheckpoints.fullSet();
        assumeTrue(full.isPresent(), "the whole reference set is not on this machine");
        Path folder = full.get();
        GoldenPipelines golden = GoldenPipelines.open(
                folder.resolve("expected/single-file.json"),
                folder.resolve("expected/single-file.safetensors"),
                folder.resolve("checkpoints/tiny-sd1"));

        List<String> lines = golden.compareAll();

        assertThat(lines).hasSize(4).allMatch(line -> line.endsWith("ok"));
    }
}
