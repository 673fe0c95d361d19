package dev.triptych.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.Components;
import dev.triptych.diffusion.pixels.Pixels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stable Diffusion 3 and FLUX.1 with everything in one file paint what their folders paint. */
class WholeTransformerFilesTest {

    private static final String FLUX_TRANSFORMER = "single-file/flux-dev-transformer.safetensors";

    @TempDir
    Path temp;

    private static byte[] painted(LocalSettings settings) {
        return Pixels.decode(result(settings).image().bytes()).rgb();
    }

    private static ImageResult result(LocalSettings settings) {
        try (LocalDiffusionGenerator generator = LocalDiffusionGenerator.builder()
                .settings(settings.withDevice("cpu"))
                .build()) {
            return generator.generate(ImageRequest.builder()
                    .prompt("a castle on a hill")
                    .seed(3)
                    .steps(2)
                    .size(32, 32)
                    .option("local.max-sequence-length", "16")
                    .build());
        }
    }

    private Path flux(Path folder) {
        return new SingleFiles()
                .plain(ReferenceTensors.path(FLUX_TRANSFORMER), "model.diffusion_model.")
                .vae(folder, "vae.")
                .clip(folder, "text_encoders.clip_l.transformer.")
                .plain(folder.resolve("text_encoder_2/model.safetensors"), "text_encoders.t5xxl.transformer.")
                .write(temp.resolve("flux.safetensors"));
    }

    @Test
    void fluxInOneFilePaintsAsItsFolder() {
        Path folder = ReferenceTensors.path("checkpoints/tiny-flux-dev");
        Path file = flux(folder);

        byte[] found = painted(LocalSettings.bundled().withCheckpoint(file).withModelConfig(folder));

        assertThat(found)
                .isEqualTo(painted(LocalSettings.bundled()
                        .withCheckpoint(folder)
                        .withComponent("transformer", ReferenceTensors.path(FLUX_TRANSFORMER))));
    }

    @Test
    void fluxBringsItsConfigAndAsksForT5sWords() {
        Path file = flux(ReferenceTensors.path("checkpoints/tiny-flux-dev"));

        Checkpoint checkpoint = Checkpoint.open(file, Components.none());

        assertThat(checkpoint.pipelineClass()).isEqualTo("FluxPipeline");
        assertThat(checkpoint.require("vae").config().number("shift_factor", 0)).isEqualTo(0.1159);
        assertThat(checkpoint.require("vae").config().number("scaling_factor", 0))
                .isEqualTo(0.3611);
        assertThat(checkpoint.require("scheduler").config().flag("use_dynamic_shifting", false))
                .isTrue();
        assertThatThrownBy(() -> checkpoint.require("tokenizer_2"))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("tokenizer_2 must be given, because " + file + " holds none, but is not: --model-config DIR"
                        + " or --component tokenizer_2=DIR");
    }

    /** The first encoder's projection counts for nothing in such a file: so it is the identity in the folder, too. */
    @Test
    void stableDiffusion3InOneFilePaintsAsItsFolder() throws IOException {
        Path folder = copy(ReferenceTensors.path("checkpoints/tiny-sd35"));
        Path clip = folder.resolve("text_encoder/model.safetensors");
        int width = 16;
        float[] identity = new float[width * width];
        for (int i = 0; i < width; i++) {
            identity[i * width + i] = 1;
        }
        new SingleFiles()
                .without("text_projection.weight", clip)
                .floats("text_projection.weight", identity, width, width)
                .write(clip);
        Path file = stableDiffusion3("whole", true);

        byte[] found = painted(LocalSettings.bundled().withCheckpoint(file).withModelConfig(folder));

        assertThat(found).isEqualTo(painted(LocalSettings.bundled().withCheckpoint(folder)));
    }

    @Test
    void stableDiffusion3PaintsWithoutT5AndSaysSo() {
        Path folder = ReferenceTensors.path("checkpoints/tiny-sd35");
        Path file = stableDiffusion3("clips", false);

        ImageResult found = result(LocalSettings.bundled().withCheckpoint(file).withModelConfig(folder));

        assertThat(found.warnings())
                .extracting(GenerationWarning::message)
                .contains("the model is painted with as it is, without T5, which the file does not hold (--component"
                        + " text_encoder_3=DIR adds it)");
    }

    private Path stableDiffusion3(String name, boolean t5) {
        Path folder = ReferenceTensors.path("checkpoints/tiny-sd35");
        SingleFiles file = new SingleFiles()
                .stableDiffusion3(folder, "model.diffusion_model.")
                .vae(folder, "first_stage_model.")
                .clip(folder, "text_encoders.clip_l.transformer.")
                .plain(folder.resolve("text_encoder_2/model.safetensors"), "text_encoders.clip_g.transformer.");
        if (t5) {
            file.plain(folder.resolve("text_encoder_3/model.safetensors"), "text_encoders.t5xxl.transformer.");
        }
        return file.write(temp.resolve(name + ".safetensors"));
    }

    private Path copy(Path checkpoint) throws IOException {
        Path folder = temp.resolve("folder");
        try (Stream<Path> files = Files.walk(checkpoint)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = folder.resolve(checkpoint.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.write(target, Files.readAllBytes(file));
            }
        }
        return folder;
    }
}
