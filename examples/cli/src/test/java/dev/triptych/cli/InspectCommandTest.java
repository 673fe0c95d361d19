package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.triptych.media.DigitalSourceType;
import dev.triptych.media.XmpPacket;
import dev.triptych.testkit.SignedPictures;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {

    @TempDir
    Path temp;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
    }

    /** A LoRA of one module, rank 4, alpha 2, for Stable Diffusion XL, with what a trainer writes about it. */
    private Path lora() throws IOException {
        String module = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.";
        String header = "{\"__metadata__\":{\"ss_base_model_version\":\"sdxl_base_v1-0\","
                + "\"ss_tag_frequency\":\"{\\\"one\\\":{\\\"pixel art\\\":7,\\\"castle\\\":3}}\"},"
                + "\"" + module + "lora_down.weight\":{\"dtype\":\"F16\",\"shape\":[4,8],\"data_offsets\":[0,64]},"
                + "\"" + module + "lora_up.weight\":{\"dtype\":\"F16\",\"shape\":[8,4],\"data_offsets\":[64,128]},"
                + "\"" + module + "alpha\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[128,132]}}";
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + text.length + 132).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text).put(new byte[128]).putFloat(2);
        return Files.write(temp.resolve("pixel.safetensors"), file.array());
    }

    @Test
    void saysWhatALoraIs() throws IOException {
        Path file = lora();

        assertThat(run("inspect", file.toString())).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        file + ": a LoRA",
                        "  tensors  a LoRA  3 tensors, 65 parameters, 132 bytes, F16+F32",
                        "  kind: LoRA",
                        "  made for: sdxl_base_v1-0",
                        "  rank: 4",
                        "  alpha: 2",
                        "  reach: denoiser",
                        "  modules: 1",
                        "  trigger words: pixel art, castle",
                        "  ss_base_model_version: sdxl_base_v1-0");
    }

    @Test
    void saysItAsJsonWithAllMetadata() throws IOException {
        assertThat(run("inspect", "--json", lora().toString())).isZero();

        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.path("kind").asText()).isEqualTo("a LoRA");
        assertThat(json.path("facts").path("rank").asText()).isEqualTo("4");
        assertThat(json.path("parts").path(0).path("parameters").asInt()).isEqualTo(65);
        assertThat(json.path("metadata").path("ss_tag_frequency").asText()).contains("pixel art");
    }

    @Test
    void aPictureATextAndNothingAreToldApart() throws IOException {
        Path picture = Files.write(temp.resolve("a.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10});
        Path text = Files.writeString(temp.resolve("a.txt"), "only a text of some length");

        assertThat(run("inspect", picture.toString())).isEqualTo(Main.FAILED);
        assertThat(run("inspect", text.toString())).isEqualTo(Main.FAILED);
        assertThat(run("inspect", temp.resolve("none").toString())).isEqualTo(Main.FAILED);
        assertThat(err.toString())
                .contains("must be a readable picture but was not: picture ends within its header")
                .contains("must be a safetensors file but is a text")
                .contains("must be a file or a folder but does not exist");
    }

    @Test
    void saysWhoSignedAPictureAndHowItIsMarked() throws IOException {
        byte[] red = TestPictures.png(8, 8, Color.RED);
        Path signed = Files.write(temp.resolve("signed.png"), SignedPictures.png(red));
        Path marked = Files.write(
                temp.resolve("marked.png"), XmpPacket.mark(red, DigitalSourceType.TRAINED_ALGORITHMIC_MEDIA));

        assertThat(run("inspect", signed.toString())).isZero();
        assertThat(run("inspect", marked.toString())).isZero();
        assertThat(out.toString())
                .contains(
                        "content credentials claim: made by Easel 2.1, trainedAlgorithmicMedia (signature not checked)")
                .contains("marked as trainedAlgorithmicMedia");
    }
}
