package dev.triptych.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightsTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "diffusion_pytorch_model.safetensors",
                "diffusion_pytorch_model.fp16.safetensors",
                "model.safetensors",
                "model.fp16.safetensors",
                "diffusion_pytorch_model.non_ema.safetensors",
            })
    void findsOneFile(String name) {
        write(name, "a", 1);

        assertThat(open().require("a", 1L).file().getFileName()).hasToString(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "diffusion_pytorch_model-%05d-of-00002.safetensors",
                "diffusion_pytorch_model.fp16-%05d-of-00002.safetensors",
                "diffusion_pytorch_model-%05d-of-00002.fp16.safetensors",
                "model-%05d-of-00002.safetensors",
            })
    void findsAllShards(String name) {
        write(name.formatted(1), "a", 1);
        write(name.formatted(2), "b", 2);

        assertThat(open().has("a")).isTrue();
        assertThat(open().has("b")).isTrue();
    }

    @Test
    void aMissingShardIsAnError() {
        write("model-00002-of-00003.safetensors", "a", 1);

        assertThatThrownBy(this::open)
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(folder + " must hold 3 shards of weights but holds 1: [model-00002-of-00003.safetensors]");
    }

    @Test
    void withoutVariantComesBeforeFp16BeforeOthers() throws IOException {
        write("model.ema.safetensors", "ema", 1);
        write("model.fp16.safetensors", "fp16", 1);
        assertThat(open().has("fp16")).isTrue();
        write("model.safetensors", "plain", 1);
        assertThat(open().has("plain")).isTrue();
        assertThat(open().has("fp16")).isFalse();
    }

    @Test
    void picklesAreNotReadAndSaidSo() throws IOException {
        Files.writeString(folder.resolve("pytorch_model.bin"), "x");

        assertThatThrownBy(this::open)
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(
                        folder + " must hold weights as .safetensors but holds [pytorch_model.bin]: pickled .bin files"
                                + " are not read, convert them to safetensors");
    }

    @Test
    void linksAreResolvedAsInTheHubsCache() throws IOException {
        Path blob = Files.createDirectory(folder.resolve("blobs")).resolve("0123abcd");
        new SafetensorsWriter().floats("a", new float[1], 1).write(blob);
        Path snapshot = Files.createDirectory(folder.resolve("snapshot"));
        Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("..", "blobs", "0123abcd"));

        Weights weights = Weights.open(snapshot, UnaryOperator.identity());

        assertThat(weights.require("a", 1L).file()).isEqualTo(blob.toRealPath());
    }

    @Test
    void namesTheTensorThatIsMissingOrDoesNotFit() {
        Path file = new SafetensorsWriter()
                .floats("a", new float[6], 2, 3)
                .add("ids", Dtype.I64, new byte[8], 1)
                .write(folder.resolve("model.safetensors"));
        Weights weights = open();

        assertThatThrownBy(() -> weights.require("b", 2L))
                .hasMessage(folder + ": the weights must hold tensor b of shape [2] but do not");
        assertThatThrownBy(() -> weights.require("a", 3L, 2L))
                .hasMessage(file + ": tensor a must have the shape [3, 2] that config.json asks for but has [2, 3]");
        assertThatThrownBy(() -> weights.require("ids", 1L))
                .hasMessage(file + ": tensor ids must be F32, F16, BF16 or F64 but was I64");
    }

    @Test
    void oldAttentionNamesAndConvolutionsAreUnderstood() {
        new SafetensorsWriter()
                .floats("mid_block.attentions.0.query.weight", new float[4], 2, 2, 1, 1)
                .floats("mid_block.attentions.0.proj_attn.bias", new float[2], 2)
                .write(folder.resolve("model.safetensors"));

        Weights weights = Weights.open(folder, Weights::vaeName);

        assertThat(weights.require("mid_block.attentions.0.to_q.weight", 2L, 2L).dims())
                .containsExactly(2L, 2L);
        assertThat(weights.has("mid_block.attentions.0.to_out.0.bias")).isTrue();
    }

    @Test
    void rowsLieWhereTheyAre() {
        Path file = new SafetensorsWriter()
                .floats("a", new float[] {1, 2, 3, 4, 5, 6}, 3, 2)
                .write(folder.resolve("model.safetensors"));
        StoredTensor whole = open().require("a", 3L, 2L);

        StoredTensor last = whole.rows(2, 1);

        assertThat(last.dims()).containsExactly(1L, 2L);
        assertThat(last.offset()).isEqualTo(whole.offset() + 16);
        assertThat(last.file()).isEqualTo(file);
    }

    private Weights open() {
        return Weights.open(folder, UnaryOperator.identity());
    }

    private void write(String name, String tensor, int length) {
        new SafetensorsWriter().floats(tensor, new float[length], length).write(folder.resolve(name));
    }
}
