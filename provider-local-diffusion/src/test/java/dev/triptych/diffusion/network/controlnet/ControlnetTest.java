package dev.triptych.diffusion.network.controlnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.ReferenceTensors;
import dev.triptych.diffusion.checkpoint.ConfigFile;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.network.unet.Unet;
import dev.triptych.diffusion.network.unet.UnetConfig;
import dev.triptych.diffusion.pixels.Pixels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlnetTest {

    private static final int SIZE = 64;
    private static final int LATENTS = SIZE / 8;

    @TempDir
    Path temp;

    @Test
    void readsWhatItIsFromItsConfig() {
        ConfigFile said = config("""
                {"_class_name": "ControlNetModel", "block_out_channels": [32, 64],
                 "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"], "cross_attention_dim": 16,
                 "conditioning_embedding_out_channels": [4, 8, 8, 16],
                 "controlnet_conditioning_channel_order": "bgr", "global_pool_conditions": true}
                """);

        ControlnetConfig config = ControlnetConfig.read(said);

        assertThat(config.pictureWidths()).containsExactly(4, 8, 8, 16);
        assertThat(config.factor()).isEqualTo(8);
        assertThat(config.blueFirst()).isTrue();
        assertThat(config.pooled()).isTrue();
        assertThat(config.half().down()).extracting(UnetConfig.Block::channels).containsExactly(32, 64);
        assertThat(config.half().textWidth()).isEqualTo(16);
    }

    @Test
    void saysWhatItsConfigGetsWrong() {
        assertThatThrownBy(() -> ControlnetConfig.read(config("{\"_class_name\": \"UNet2DConditionModel\"}")))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("\"_class_name\" must be")
                .hasMessageContaining("ControlNetModel");
        assertThatThrownBy(() -> ControlnetConfig.read(config("{\"controlnet_conditioning_channel_order\": \"grb\"}")))
                .hasMessageContaining("controlnet_conditioning_channel_order");
    }

    private ConfigFile config(String json) {
        try {
            return ConfigFile.read(Files.writeString(temp.resolve("config.json"), json));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void theFileInItsAuthorsNamesFindsWhatTheFolderFinds() {
        Controlnet folder = Controlnet.open(folder(), MissingNode.getInstance());
        Controlnet file = Controlnet.open(ReferenceTensors.path("single-file/controlnet.safetensors"), unet());
        try (Engine engine = new Engine(TestNetworks.options())) {
            List<Tensor> found = residuals(engine, folder, picture());
            List<Tensor> other = residuals(engine, file, picture());

            List<List<Integer>> shapes =
                    Unet.controlResidualShapes(folder.config().half(), LATENTS, LATENTS);
            assertThat(found).hasSameSizeAs(shapes).hasSize(13);
            for (int i = 0; i < found.size(); i++) {
                assertThat(found.get(i).shape())
                        .containsExactly(
                                1,
                                shapes.get(i).get(0),
                                shapes.get(i).get(1),
                                shapes.get(i).get(2));
                assertThat(other.get(i).values()).isEqualTo(found.get(i).values());
            }
        }
    }

    @Test
    void blueComesFirstWhereTheConfigSaysSo() throws IOException {
        Path copy = Files.createDirectory(temp.resolve("bgr"));
        Path original = folder();
        Files.copy(
                original.resolve("diffusion_pytorch_model.safetensors"),
                copy.resolve("diffusion_pytorch_model.safetensors"));
        Files.writeString(
                copy.resolve("config.json"),
                Files.readString(original.resolve("config.json")).replace("\"rgb\"", "\"bgr\""));
        byte[] turned = picture().rgb();
        for (int i = 0; i < turned.length; i += 3) {
            byte red = turned[i];
            turned[i] = turned[i + 2];
            turned[i + 2] = red;
        }
        try (Engine engine = new Engine(TestNetworks.options())) {
            List<Tensor> wanted = residuals(engine, Controlnet.open(original, MissingNode.getInstance()), picture());

            List<Tensor> found =
                    residuals(engine, Controlnet.open(copy, MissingNode.getInstance()), Pixels.of(SIZE, SIZE, turned));

            for (int i = 0; i < wanted.size(); i++) {
                assertThat(found.get(i).values()).isEqualTo(wanted.get(i).values());
            }
        }
    }

    @Test
    void aFileOfAnotherKindIsNamed() {
        Path lora = ReferenceTensors.path("lora/kohya.safetensors");

        assertThatThrownBy(() -> Controlnet.open(lora, MissingNode.getInstance()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("component controlnet must be a folder, or a file that holds a controlnet");
    }

    private static Path folder() {
        return ReferenceTensors.path("checkpoints/tiny-controlnet");
    }

    private static JsonNode unet() {
        try {
            return new ObjectMapper()
                    .readTree(ReferenceTensors.path("checkpoints/tiny-sd1/unet/config.json")
                            .toFile());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<Tensor> residuals(Engine engine, Controlnet network, Pixels picture) {
        float[] latents = new float[4 * LATENTS * LATENTS];
        float[] text = new float[77 * 32];
        for (int i = 0; i < latents.length; i++) {
            latents[i] = (float) Math.sin(i);
        }
        for (int i = 0; i < text.length; i++) {
            text[i] = (float) Math.cos(i);
        }
        Unet.Input input = new Unet.Input(
                new Tensor(new long[] {1, 4, LATENTS, LATENTS}, latents),
                500,
                Map.of("encoder_hidden_states", new Tensor(new long[] {1, 77, 32}, text)));
        return network.residuals(engine, network.picture(picture), input, new Cancellation());
    }

    private static Pixels picture() {
        byte[] rgb = new byte[SIZE * SIZE * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * 7);
        }
        return Pixels.of(SIZE, SIZE, rgb);
    }
}
