package dev.triptych.diffusion.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FileSelectionTest {

    private static FileSelection unet(Optional<String> variant, String... files) {
        List<String> paths = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("model_index.json", "unet/config.json"),
                        java.util.stream.Stream.of(files).map(file -> "unet/" + file))
                .toList();
        return FileSelection.ofCheckpoint(paths, index("{\"unet\": [\"diffusers\", \"U\"]}"), variant);
    }

    private static JsonNode index(String json) {
        try {
            return RepoTree.JSON.readTree(json);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shardsComeAllOfThemAndWithTheirIndex() {
        FileSelection selection = unet(
                Optional.empty(),
                "diffusion_pytorch_model-00001-of-00002.safetensors",
                "diffusion_pytorch_model-00002-of-00002.safetensors",
                "diffusion_pytorch_model.safetensors.index.json",
                "diffusion_pytorch_model.fp16-00001-of-00002.safetensors",
                "diffusion_pytorch_model.fp16-00002-of-00002.safetensors",
                "diffusion_pytorch_model.safetensors.index.fp16.json");

        assertThat(selection.files())
                .containsExactly(
                        "model_index.json",
                        "unet/config.json",
                        "unet/diffusion_pytorch_model-00001-of-00002.safetensors",
                        "unet/diffusion_pytorch_model-00002-of-00002.safetensors",
                        "unet/diffusion_pytorch_model.safetensors.index.json");
    }

    @Test
    void bothSpellingsOfVariantShardsAreKnown() {
        assertThat(unet(
                                Optional.of("fp16"),
                                "diffusion_pytorch_model.safetensors",
                                "diffusion_pytorch_model.fp16-00001-of-00001.safetensors",
                                "diffusion_pytorch_model.safetensors.index.fp16.json")
                        .files())
                .contains("unet/diffusion_pytorch_model.safetensors.index.fp16.json")
                .doesNotContain("unet/diffusion_pytorch_model.safetensors");
        assertThat(unet(
                                Optional.of("fp16"),
                                "diffusion_pytorch_model.safetensors",
                                "diffusion_pytorch_model-00001-of-00001.fp16.safetensors",
                                "diffusion_pytorch_model.safetensors.fp16.index.json")
                        .files())
                .contains("unet/diffusion_pytorch_model.safetensors.fp16.index.json")
                .doesNotContain("unet/diffusion_pytorch_model.safetensors");
    }

    @Test
    void aShardThatIsMissingMakesTheSetUseless() {
        assertThat(unet(
                                Optional.empty(),
                                "diffusion_pytorch_model-00001-of-00002.safetensors",
                                "diffusion_pytorch_model.bin")
                        .files())
                .contains("unet/diffusion_pytorch_model.bin");
        assertThatThrownBy(() -> unet(Optional.empty(), "diffusion_pytorch_model-00001-of-00002.safetensors"))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("unet/ must have weights as .safetensors, .bin or model.onnx, all shards of them, but has"
                        + " [diffusion_pytorch_model-00001-of-00002.safetensors]");
    }

    @Test
    void weightsOfAVariantAloneAreTakenWithANotice() {
        FileSelection selection = unet(Optional.empty(), "diffusion_pytorch_model.fp16.safetensors");

        assertThat(selection.files()).contains("unet/diffusion_pytorch_model.fp16.safetensors");
        assertThat(selection.notices()).containsExactly("unet/ has weights of variant fp16 alone");
    }

    @Test
    void anExportIsTakenWhereThereAreNoWeights() {
        assertThat(unet(Optional.empty(), "model.onnx", "model.onnx_data").files())
                .contains("unet/model.onnx", "unet/model.onnx_data");
        assertThat(unet(Optional.empty(), "model.onnx", "diffusion_pytorch_model.safetensors")
                        .files())
                .doesNotContain("unet/model.onnx");
    }

    @Test
    void whatTheIndexIgnoresAndWhatNobodyRunsIsLeftOut() {
        List<String> paths = List.of(
                "model_index.json",
                "scheduler/scheduler_config.json",
                "scheduler/notes.txt",
                "scheduler/code.py",
                "safety_checker/config.json",
                "safety_checker/model.safetensors",
                "image_encoder/config.json",
                "image_encoder/model.safetensors");
        String parts = "\"scheduler\": [\"d\", \"S\"], \"safety_checker\": [\"d\", \"S\"], \"image_encoder\": [\"t\","
                + " \"C\"], \"_ignore_files\": [\"scheduler/notes.txt\"]}";

        assertThat(FileSelection.ofCheckpoint(
                                paths,
                                index("{\"_class_name\": \"StableDiffusionPipeline\", " + parts),
                                Optional.empty())
                        .files())
                .containsExactly("model_index.json", "scheduler/scheduler_config.json");
        assertThat(FileSelection.ofCheckpoint(
                                paths,
                                index("{\"_class_name\": \"StableUnCLIPImg2ImgPipeline\", " + parts),
                                Optional.empty())
                        .files())
                .contains("image_encoder/model.safetensors");
    }

    @Test
    void aPartThatWouldLieOutsideIsNoPart() {
        assertThat(FileSelection.components(index("{\"../x\": [\"d\", \"S\"], \"y\": [null, null], \"z\": 1}")))
                .isEmpty();
    }
}
