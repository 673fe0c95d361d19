package dev.triptych.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {

    @TempDir
    Path temp;

    @Test
    void saysWhatItsFilesSay() {
        Checkpoint checkpoint = Checkpoint.open(GoldenCheckpoints.directory("tiny-sd2"));

        assertThat(checkpoint.name()).isEqualTo("tiny-sd2");
        assertThat(checkpoint.pipelineClass()).isEqualTo("StableDiffusionPipeline");
        assertThat(checkpoint.defaultWidth()).isEqualTo(64);
        assertThat(checkpoint.defaultHeight()).isEqualTo(64);
        assertThat(checkpoint.latentChannels()).isEqualTo(4);
        assertThat(checkpoint.vaeScaleFactor()).isEqualTo(8);
        assertThat(checkpoint.latentScalingFactor()).isEqualTo(0.18215f);
        assertThat(checkpoint.latentShiftFactor()).isZero();
        assertThat(checkpoint.timeCondProjDim()).isZero();
        assertThat(checkpoint.defaults()).isEqualTo(new Checkpoint.Defaults(25, 7.5, 0));
        assertThat(checkpoint.unet().crossAttentionDim()).isEqualTo(48);
        assertThat(checkpoint.unet().down()).extracting(UnetConfig.Block::heads).containsExactly(2, 4, 4, 6);
        assertThat(checkpoint.unet().up()).extracting(UnetConfig.Block::heads).containsExactly(6, 4, 4, 2);
        assertThat(checkpoint.unet().up()).extracting(UnetConfig.Block::layers).containsOnly(3);
        assertThat(checkpoint.textEncoder().activation()).isEqualTo("gelu");
        assertThat(checkpoint.schedulerConfig()).isRegularFile();
    }

    @Test
    void theAuthorsRecommendationsWin() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Files.writeString(
                folder.resolve("triptych.json"),
                "{\"name\":\"painter\",\"steps\":20,\"guidance_scale\":4.0,\"guidance_rescale\":0.5,\"width\":128,\"height\":96}");

        Checkpoint checkpoint = Checkpoint.open(folder);

        assertThat(checkpoint.name()).isEqualTo("painter");
        assertThat(checkpoint.defaults()).isEqualTo(new Checkpoint.Defaults(20, 4, 0.5));
        assertThat(checkpoint.defaultWidth()).isEqualTo(128);
        assertThat(checkpoint.defaultHeight()).isEqualTo(96);
    }

    @Test
    void anOldUnetsSampleSizeIsRepaired() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        replace(
                folder.resolve("unet/config.json"),
                "\"_diffusers_version\": \"0.36.0\"",
                "\"_diffusers_version\": \"0.6.0\"");

        assertThat(Checkpoint.open(folder).defaultWidth()).isEqualTo(512);
    }

    @Test
    void theFingerprintChangesWithConfigsWeightsAndTokenizer() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        String before = Checkpoint.open(folder).fingerprint();

        assertThat(before).hasSize(64).isEqualTo(Checkpoint.open(folder).fingerprint());
        Path vae = folder.resolve("vae/diffusion_pytorch_model.safetensors");
        byte[] bytes = Files.readAllBytes(vae);
        bytes[bytes.length - 1] ^= 1;
        Files.write(vae, bytes);
        String afterWeights = Checkpoint.open(folder).fingerprint();
        replace(folder.resolve("scheduler/scheduler_config.json"), "0.012", "0.013");
        String afterScheduler = Checkpoint.open(folder).fingerprint();
        Files.writeString(folder.resolve("tokenizer/vocab.json"), "{}");
        assertThat(List.of(
                        before,
                        afterWeights,
                        afterScheduler,
                        Checkpoint.open(folder).fingerprint()))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest(name = "{0}: {1} becomes {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "unet | \"act_fn\": \"silu\" | \"act_fn\": \"tanh\" | \"act_fn\" must be one of [gelu, mish, relu, silu, swish], which are supported, but was \"tanh\"",
                "unet | \"DownBlock2D\" | \"SkipDownBlock2D\" | \"down_block_types\" must be a list of 4 out of [CrossAttnDownBlock2D, DownBlock2D], which are supported, but was [\"CrossAttnDownBlock2D\",\"CrossAttnDownBlock2D\",\"CrossAttnDownBlock2D\",\"SkipDownBlock2D\"]",
                "unet | \"addition_embed_type\": null | \"addition_embed_type\": \"text_time\" | \"addition_embed_type\" must be null, the only supported value, but was \"text_time\"",
                "unet | \"dual_cross_attention\": false | \"dual_cross_attention\": true | \"dual_cross_attention\" must be false, the only supported value, but was true",
                "unet | \"UNet2DConditionModel\" | \"UNet3DConditionModel\" | \"_class_name\" must be one of [UNet2DConditionModel], which are supported, but was \"UNet3DConditionModel\"",
                "unet | \"attention_head_dim\": 8 | \"attention_head_dim\": [8, 8] | \"attention_head_dim\" must be a list of 4, one for each block, but was [8,8]",
                "unet | \"attention_head_dim\": 8 | \"attention_head_dim\": 7 | \"attention_head_dim\" must be divisors of block_out_channels [16, 32, 32, 48] but was 7",
                "unet | \"norm_num_groups\": 8 | \"norm_num_groups\": 32 | \"block_out_channels\" must be multiples of norm_num_groups, 32, but was [16,32,32,48]",
                "unet | \"norm_num_groups\": 8 | \"norm_num_groups\": null | \"norm_num_groups\" must be a whole number above 0 but was null",
                "unet | \"in_channels\": 4 | \"in_channels\": \"four\" | \"in_channels\" must be a whole number but was \"four\"",
                "unet | \"in_channels\": 4 | \"in_channels\": 0 | \"in_channels\" must be a whole number above 0 but was 0",
                "unet | \"cross_attention_dim\": 32 | \"cross_attention_dim\": 64 | \"cross_attention_dim\" must be the text encoder's hidden_size, 32, but was 64",
                "unet | 48 | 320000000 | \"block_out_channels\" must be at most 65536 but was [16,32,32,320000000]",
                "vae | \"AutoencoderKL\" | \"VQModel\" | \"_class_name\" must be one of [AutoencoderKL], which are supported, but was \"VQModel\"",
                "vae | \"act_fn\": \"silu\" | \"act_fn\": \"gelu\" | \"act_fn\" must be one of [silu, swish], which are supported, but was \"gelu\"",
                "vae | \"scaling_factor\": 0.18215 | \"scaling_factor\": 0 | \"scaling_factor\" must be a number other than 0 but was 0",
                "text_encoder | \"quick_gelu\" | \"gelu_new\" | \"hidden_act\" must be one of [gelu, quick_gelu], which are supported, but was \"gelu_new\"",
                "text_encoder | \"num_attention_heads\": 4 | \"num_attention_heads\": 5 | \"num_attention_heads\" must be a divisor of hidden_size, 32, but was 5",
            })
    void anOptionThatIsNotSupportedIsNamed(String component, String from, String to, String message)
            throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path config = folder.resolve(component).resolve("config.json");
        replace(config, from, to);

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(config + ": " + message);
    }

    @Test
    void anUnknownOptionIsNamedUnlessItIsNull() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path config = folder.resolve("unet/config.json");
        replace(config, "\"act_fn\"", "\"frobnicate\": null, \"act_fn\"");
        Checkpoint.open(folder);
        replace(config, "\"frobnicate\": null", "\"frobnicate\": 3");

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(
                        config
                                + ": \"frobnicate\" must be an option this engine knows but is not; the nearest is \"dropout\"");
    }

    @ParameterizedTest
    @CsvSource({
        "unet/config.json, must be a JSON file but does not exist",
        "scheduler/scheduler_config.json, must be a file but does not exist",
    })
    void aMissingFileIsNamed(String name, String message) throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path file = folder.resolve(name);
        Files.delete(file);

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + " " + message);
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
                .hasMessageStartingWith(
                        temp + " must be a diffusers directory with a model_index.json but " + found + "; Stable Diff");
    }

    @Test
    void aUnetThatSeesNeitherLatentsNorAMaskIsRefused() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        replace(folder.resolve("unet/config.json"), "\"in_channels\": 4", "\"in_channels\": 7");

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(folder.resolve("unet/config.json")
                        + ": \"in_channels\" must be 4, or 9 for inpainting, but was 7");
    }

    @Test
    void aMissingFolderOrDamagedJsonIsNamed() throws IOException {
        Path none = temp.resolve("none");
        assertThatThrownBy(() -> Checkpoint.open(none))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(none + " must be a folder but does not exist");

        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Files.writeString(folder.resolve("vae/config.json"), "{\"in_channels\": ");
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith(folder.resolve("vae/config.json") + " must be a JSON object but is not: ");
    }

    @Test
    void anotherFamilyIsRefusedWithWhatIsSupported() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path index = folder.resolve("model_index.json");
        replace(index, "\"UNet2DConditionModel\"", "\"UNetSpatioTemporalConditionModel\"");

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(
                        index + ": \"unet\" must be UNet2DConditionModel but was UNetSpatioTemporalConditionModel (of a"
                                + " StableDiffusionPipeline); Stable Diffusion 1.x, 2.x and their LCM kin (a UNet2DConditionModel,"
                                + " a CLIPTextModel, an AutoencoderKL and a scheduler) are supported");
    }

    @Test
    void anOldExportWithoutConfigsIsStableDiffusion1() throws IOException {
        for (String part : List.of("unet", "text_encoder", "vae_decoder", "vae_encoder")) {
            Files.writeString(Files.createDirectory(temp.resolve(part)).resolve("model.onnx"), "");
        }
        Files.createDirectory(temp.resolve("tokenizer"));
        Files.writeString(Files.createDirectory(temp.resolve("scheduler")).resolve("scheduler_config.json"), "{}");
        Files.writeString(
                temp.resolve("model_index.json"),
                "{\"_class_name\": \"OnnxStableDiffusionPipeline\", \"unet\": [\"diffusers\", \"OnnxRuntimeModel\"]}");

        Checkpoint checkpoint = Checkpoint.open(temp);

        assertThat(checkpoint.defaultWidth()).isEqualTo(512);
        assertThat(checkpoint.vaeScaleFactor()).isEqualTo(8);
        assertThat(checkpoint.unet().crossAttentionDim()).isEqualTo(768);
        assertThat(checkpoint.readyMade(Component.UNET)).contains(temp.resolve("unet/model.onnx"));
    }

    @Test
    void sdxlIsRefused() {
        Optional<Path> full = GoldenCheckpoints.fullSet();
        assumeTrue(full.isPresent(), "the full set of reference values is not on this machine");
        Path folder = full.get().resolve("checkpoints/tiny-sdxl");

        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("StableDiffusionXLPipeline with its text_encoder_2 is not supported");
    }

    private static void replace(Path file, String from, String to) throws IOException {
        String text = Files.readString(file);
        assertThat(text).contains(from);
        Files.writeString(file, text.replace(from, to));
    }
}
