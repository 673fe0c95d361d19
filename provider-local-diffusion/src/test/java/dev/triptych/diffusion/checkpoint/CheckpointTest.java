package dev.triptych.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {

    @TempDir
    Path temp;

    @Test
    void hasThePartsThatItsIndexNames() {
        Path folder = GoldenCheckpoints.directory("tiny-sd1");
        Checkpoint checkpoint = Checkpoint.open(folder);

        assertThat(checkpoint.names()).containsExactly("scheduler", "text_encoder", "tokenizer", "unet", "vae");
        assertThat(checkpoint.require("unet").location()).isEqualTo(folder.resolve("unet"));
        assertThat(checkpoint.require("unet").declaredClass()).isEqualTo("UNet2DConditionModel");
        assertThat(checkpoint.require("unet").weights().has("conv_in.weight")).isTrue();
    }

    @Test
    void aPartCanBeReplacedAddedAndLeftOut() throws IOException {
        Path folder = GoldenCheckpoints.directory("tiny-sd1");
        Path other = GoldenCheckpoints.directory("tiny-sd2").resolve("unet");
        Checkpoint checkpoint = Checkpoint.open(
                folder,
                Components.of(Map.of(
                        "unet",
                        Optional.of(other),
                        "image_encoder",
                        Optional.of(temp),
                        "tokenizer",
                        Optional.empty())));

        assertThat(checkpoint.require("unet").location()).isEqualTo(other);
        assertThat(checkpoint.part("image_encoder")).isPresent();
        assertThat(checkpoint.part("tokenizer")).isEmpty();
        assertThatThrownBy(() -> checkpoint.require("tokenizer"))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageEndingWith(": give one with --component tokenizer=PATH");
    }

    @Test
    void aReplacementThatIsNotThereOrAPartThatIsNoneIsNamed() {
        Path folder = GoldenCheckpoints.directory("tiny-sd1");
        Path none = temp.resolve("none");

        assertThatThrownBy(() -> Checkpoint.open(folder, Components.of(Map.of("vae", Optional.of(none)))))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("component vae must be a folder or a file but " + none + " does not exist");
        assertThatThrownBy(() -> Checkpoint.open(folder, Components.of(Map.of("unit", Optional.empty()))))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("component unit must be a part of " + folder + " but is not; the nearest is unet");
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        Path none = temp.resolve("none");

        assertThatThrownBy(() -> Checkpoint.open(none))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(none + " must be a folder or a file of weights but does not exist");
    }

    @Test
    void aFolderThatIsNoCheckpointIsNamedForWhatItIs() throws IOException {
        assertNoCheckpoint("has none");
        Files.writeString(temp.resolve("config.json"), "{\"_class_name\": \"ControlNetModel\"}");
        assertNoCheckpoint("holds a single model, ControlNetModel");
        Files.createDirectories(temp.resolve("snapshots/abc"));
        assertNoCheckpoint("is a repository in the Hugging Face cache, whose checkpoints are the folders in "
                + temp.resolve("snapshots"));
    }

    private void assertNoCheckpoint(String found) {
        assertThatThrownBy(() -> Checkpoint.open(temp))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(temp + " must be a diffusers directory with a model_index.json but " + found);
    }

    @Test
    void aPartsFolderAndAFolderAroundACheckpointAreTold() {
        Path folder = GoldenCheckpoints.directory("tiny-sd1");

        assertThatThrownBy(() -> Checkpoint.open(folder.resolve("unet")))
                .hasMessage(
                        folder.resolve("unet") + " must be a diffusers directory with a model_index.json but holds a"
                                + " single model, UNet2DConditionModel: give its parent, " + folder);
        assertThatThrownBy(() -> Checkpoint.open(folder.resolveSibling(".")))
                .hasMessageContaining("but has none: it holds tiny-sd1, give that folder");
    }
}
