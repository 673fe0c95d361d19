package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ImageSize;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.network.unet.UnetConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StableDiffusionTest {

    @TempDir
    Path temp;

    @Test
    void saysWhatItsFilesSay() {
        Path folder = GoldenCheckpoints.directory("tiny-sd2");
        Family family = open(folder);
        StableDiffusionParts parts = StableDiffusionParts.read(Checkpoint.open(folder));

        assertThat(family.model()).isEqualTo("tiny-sd2");
        assertThat(family.capabilities().sizes().standard()).isEqualTo(ImageSize.square(64));
        assertThat(family.latents()).isEqualTo(new LatentGeometry(4, 8));
        assertThat(family.guides(7.5)).isTrue();
        assertThat(family.guides(1)).isFalse();
        assertThat(family.defaults()).isEqualTo(new Family.Defaults(25, 7.5, 0, 0.8, 1));
        assertThat(parts.vae().config().scalingFactor()).isEqualTo(0.18215f);
        assertThat(parts.unet().config().textWidth()).isEqualTo(48);
        assertThat(parts.unet().config().down())
                .extracting(UnetConfig.Block::heads)
                .containsExactly(2, 4, 4, 6);
        assertThat(parts.unet().config().up())
                .extracting(UnetConfig.Block::heads)
                .containsExactly(6, 4, 4, 2);
        assertThat(parts.unet().config().up())
                .extracting(UnetConfig.Block::layers)
                .containsOnly(3);
        assertThat(parts.texts().get(0).encoder().config().activation()).isEqualTo("gelu");
    }

    @Test
    void theAuthorsRecommendationsWin() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Files.writeString(
                folder.resolve("triptych.json"),
                "{\"name\":\"painter\",\"steps\":20,\"guidance_scale\":4.0,\"guidance_rescale\":0.5,\"width\":128,\"height\":96}");

        Family family = open(folder);

        assertThat(family.model()).isEqualTo("painter");
        assertThat(family.defaults()).isEqualTo(new Family.Defaults(20, 4, 0.5, 0.8, 1));
        assertThat(family.capabilities().sizes().standard()).isEqualTo(new ImageSize(128, 96));
    }

    @Test
    void anOldUnetsSampleSizeIsRepaired() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        replace(
                folder.resolve("unet/config.json"),
                "\"_diffusers_version\": \"0.36.0\"",
                "\"_diffusers_version\": \"0.6.0\"");

        assertThat(open(folder).capabilities().sizes().standard()).isEqualTo(ImageSize.square(512));
    }

    @Test
    void theFingerprintChangesWithConfigsWeightsAndTokenizer() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        String before = open(folder).revision();

        assertThat(before).hasSize(64).isEqualTo(open(folder).revision());
        Path vae = folder.resolve("vae/diffusion_pytorch_model.safetensors");
        byte[] bytes = Files.readAllBytes(vae);
        bytes[bytes.length - 1] ^= 1;
        Files.write(vae, bytes);
        String afterWeights = open(folder).revision();
        replace(folder.resolve("scheduler/scheduler_config.json"), "0.012", "0.013");
        String afterScheduler = open(folder).revision();
        Files.writeString(folder.resolve("tokenizer/special_tokens_map.json"), "{}");
        assertThat(List.of(before, afterWeights, afterScheduler, open(folder).revision()))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest(name = "{0}: {1} becomes {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "unet | \"act_fn\": \"silu\" | \"act_fn\": \"tanh\" | \"act_fn\" must be one of [gelu, mish, relu, silu, swish], which are supported, but was \"tanh\"",
                "unet | \"DownBlock2D\" | \"SkipDownBlock2D\" | \"down_block_types\" must be a list of 4 out of [CrossAttnDownBlock2D, DownBlock2D, ResnetDownsampleBlock2D, SimpleCrossAttnDownBlock2D], which are supported, but was [\"CrossAttnDownBlock2D\",\"CrossAttnDownBlock2D\",\"CrossAttnDownBlock2D\",\"SkipDownBlock2D\"]",
                "unet | \"addition_embed_type\": null | \"addition_embed_type\": \"image\" | \"addition_embed_type\" must be one of [text, text_time], which are supported, but was \"image\"",
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
                "text_encoder | \"quick_gelu\" | \"tanh\" | \"hidden_act\" must be one of [gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, relu, silu, swish], which are supported, but was \"tanh\"",
                "unet | \"reverse_transformer_layers_per_block\": null | \"reverse_transformer_layers_per_block\": [1, 2] | \"reverse_transformer_layers_per_block\" must be a list of 4, one for each block, but was [1,2]",
                "unet | \"transformer_layers_per_block\": 1 | \"transformer_layers_per_block\": [1, [1, 2], 1, 1] | \"reverse_transformer_layers_per_block\" must be a list, because transformer_layers_per_block holds lists, but was null",
                "unet | \"class_embed_type\": null | \"class_embed_type\": \"timestep\" | \"class_embed_type\" must be null, because no prompt gives a class label, but was \"timestep\"",
                "text_encoder | \"num_attention_heads\": 4 | \"num_attention_heads\": 5 | \"num_attention_heads\" must be a divisor of hidden_size, 32, but was 5",
            })
    void anOptionThatIsNotSupportedIsNamed(String component, String from, String to, String message)
            throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path config = folder.resolve(component).resolve("config.json");
        replace(config, from, to);

        assertThatThrownBy(() -> open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(config + ": " + message);
    }

    @Test
    void anUnknownOptionIsRemarkedUnlessItIsNull() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path config = folder.resolve("unet/config.json");
        replace(config, "\"act_fn\"", "\"frobnicate\": null, \"act_fn\"");
        assertThat(open(folder).remarks()).isEmpty();
        replace(config, "\"frobnicate\": null", "\"frobnicate\": 3");

        assertThat(open(folder).remarks())
                .containsExactly(
                        config + ": \"frobnicate\" is no option this engine knows and has no effect; the nearest"
                                + " is \"dropout\"");
    }

    @ParameterizedTest
    @CsvSource({
        "unet/config.json, must be a JSON file but does not exist",
        "scheduler/scheduler_config.json, could not be read",
    })
    void aMissingFileIsNamed(String name, String message) throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path file = folder.resolve(name);
        Files.delete(file);

        assertThatThrownBy(() -> open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + " " + message);
    }

    @Test
    void aUnetThatSeesNeitherLatentsNorAMaskIsRefused() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        replace(folder.resolve("unet/config.json"), "\"in_channels\": 4", "\"in_channels\": 7");

        assertThatThrownBy(() -> open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(folder.resolve("unet/config.json")
                        + ": \"in_channels\" must be 4, or 9 for inpainting, but was 7");
    }

    @Test
    void aMissingFolderOrDamagedJsonIsNamed() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Files.writeString(folder.resolve("vae/config.json"), "{\"in_channels\": ");
        assertThatThrownBy(() -> open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageStartingWith(folder.resolve("vae/config.json") + " must be a JSON object but is not: ");
    }

    @Test
    void anotherFamilyIsRefusedWithWhatIsSupported() throws IOException {
        Path folder = GoldenCheckpoints.copy("tiny-sd1", temp.resolve("model"));
        Path index = folder.resolve("model_index.json");
        replace(index, "\"UNet2DConditionModel\"", "\"UNetSpatioTemporalConditionModel\"");

        assertThatThrownBy(() -> open(folder))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(
                        index + ": \"unet\" must be UNet2DConditionModel but was UNetSpatioTemporalConditionModel (of a"
                                + " StableDiffusionPipeline); " + StableDiffusionParts.SUPPORTED);
    }

    @Test
    void anOldExportWithoutConfigsIsStableDiffusion1() throws IOException {
        for (String part : List.of("unet", "text_encoder", "vae_decoder", "vae_encoder")) {
            Files.writeString(Files.createDirectory(temp.resolve(part)).resolve("model.onnx"), "");
        }
        Files.createDirectory(temp.resolve("tokenizer"));
        Files.writeString(
                Files.createDirectory(temp.resolve("scheduler")).resolve("scheduler_config.json"),
                "{\"_class_name\": \"DDIMScheduler\"}");
        Files.writeString(
                temp.resolve("model_index.json"),
                "{\"_class_name\": \"OnnxStableDiffusionPipeline\", \"unet\": [\"diffusers\", \"OnnxRuntimeModel\"]}");

        Files.copy(
                GoldenCheckpoints.directory("tiny-sd1").resolve("tokenizer/vocab.json"),
                temp.resolve("tokenizer/vocab.json"));
        Files.copy(
                GoldenCheckpoints.directory("tiny-sd1").resolve("tokenizer/merges.txt"),
                temp.resolve("tokenizer/merges.txt"));

        Family family = open(temp);

        assertThat(family.capabilities().sizes().standard()).isEqualTo(ImageSize.square(512));
        assertThat(family.latents().factor()).isEqualTo(8);
        assertThat(StableDiffusionParts.read(Checkpoint.open(temp)).unet().readyMade())
                .contains(temp.resolve("unet/model.onnx"));
    }

    private static Family open(Path folder) {
        return Family.of(Checkpoint.open(folder), new Engine(TestNetworks.options()));
    }

    private static void replace(Path file, String from, String to) throws IOException {
        String text = Files.readString(file);
        assertThat(text).contains(from);
        Files.writeString(file, text.replace(from, to));
    }
}
