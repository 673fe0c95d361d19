package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model in one file paints what its folder paints. */
class SingleFilePicturesTest {

    @TempDir
    Path temp;

    @Test
    void paintsDiffusersPicturesFromTheCheckedInReference() throws IOException {
        Path folder = GoldenCheckpoints.directory("tiny-sd1");
        Path file = new SingleFiles()
                .unet(folder, "model.diffusion_model.")
                .vae(folder, "first_stage_model.")
                .clip(folder, "cond_stage_model.transformer.")
                .write(temp.resolve("model.safetensors"));
        Path expected = Path.of("src", "test", "resources", "golden", "expected");
        GoldenPipelines golden = GoldenPipelines.open(
                        expected.resolve("sd1-compact.json"), expected.resolve("sd1-compact.safetensors"), file)
                .withModelConfig(folder);

        List<String> lines = golden.compareAll("default|img2img-0.3");

        assertThat(lines).hasSize(2).allMatch(line -> line.endsWith("ok"));
    }

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
