package dev.triptych.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.GgufWriter;
import dev.triptych.diffusion.weights.PickleWriter;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import dev.triptych.diffusion.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightFilesTest {

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

        assertThat(((FileWeight) open().require("a", 1)).file().getFileName()).hasToString(name);
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
    void otherKindsOfFilesStandInForSafetensors() {
        new GgufWriter().floats("gguf", new float[1], 1).write(folder.resolve("unet-F32.gguf"));
        assertThat(open().names()).containsExactly("gguf");
        for (int shard = 1; shard <= 2; shard++) {
            new PickleWriter()
                    .dict()
                    .floats("pickle" + shard, new float[1], 1)
                    .end()
                    .write(folder.resolve("pytorch_model-0000" + shard + "-of-00002.bin"));
        }
        assertThat(open().names()).containsExactly("pickle1", "pickle2");
        write("model.safetensors", "safe", 1);
        assertThat(open().names()).containsExactly("safe");
    }

    @Test
    void aFolderWithoutWeightsSaysWhatItHolds() throws IOException {
        Files.writeString(folder.resolve("weights.msgpack"), "x");

        assertThatThrownBy(this::open)
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(
                        folder + " must hold weights as .safetensors, .bin or one .gguf but holds [weights.msgpack]");
    }

    @Test
    void linksAreResolvedAsInTheHubsCache() throws IOException {
        Path blob = Files.createDirectory(folder.resolve("blobs")).resolve("0123abcd");
        new SafetensorsWriter().floats("a", new float[1], 1).write(blob);
        Path snapshot = Files.createDirectory(folder.resolve("snapshot"));
        Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("..", "blobs", "0123abcd"));

        Weights weights = Part.at(snapshot).weights();

        assertThat(((FileWeight) weights.require("a", 1)).file()).isEqualTo(blob.toRealPath());
    }

    private Weights open() {
        return Part.at(folder).weights();
    }

    private void write(String name, String tensor, int length) {
        new SafetensorsWriter().floats(tensor, new float[length], length).write(folder.resolve(name));
    }
}
