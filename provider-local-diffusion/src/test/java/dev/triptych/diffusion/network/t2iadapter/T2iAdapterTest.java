package dev.triptych.diffusion.network.t2iadapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.SafetensorsFile;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class T2iAdapterTest {

    @TempDir
    Path temp;

    /** Every convolution copies one channel of its input: what is left is the order of pixels and the means. */
    @Test
    void foldsSquaresOfPixelsAndAveragesWhatIsThere() throws IOException {
        Files.writeString(temp.resolve("config.json"), """
                {"_class_name": "T2IAdapter", "adapter_type": "full_adapter", "in_channels": 1, "channels": [4, 4],
                 "num_res_blocks": 1, "downscale_factor": 2}
                """);
        new SafetensorsWriter()
                .add("adapter.conv_in.weight", Dtype.F32, middleOnes(4, 3), 4, 4, 3, 3)
                .add("adapter.conv_in.bias", Dtype.F32, new byte[16], 4)
                .add("adapter.body.0.resnets.0.block1.weight", Dtype.F32, new byte[4 * 4 * 9 * 4], 4, 4, 3, 3)
                .add("adapter.body.0.resnets.0.block1.bias", Dtype.F32, new byte[16], 4)
                .add("adapter.body.0.resnets.0.block2.weight", Dtype.F32, middleOnes(4, 1), 4, 4, 1, 1)
                .add("adapter.body.0.resnets.0.block2.bias", Dtype.F32, new byte[16], 4)
                .add("adapter.body.1.resnets.0.block1.weight", Dtype.F32, middleOnes(4, 3), 4, 4, 3, 3)
                .add("adapter.body.1.resnets.0.block1.bias", Dtype.F32, new byte[16], 4)
                .add("adapter.body.1.resnets.0.block2.weight", Dtype.F32, middleOnes(4, 1), 4, 4, 1, 1)
                .add("adapter.body.1.resnets.0.block2.bias", Dtype.F32, new byte[16], 4)
                .write(temp.resolve("diffusion_pytorch_model.safetensors"));
        byte[] grey = new byte[6 * 2 * 3];
        for (int i = 0; i < 12; i++) {
            grey[3 * i] = grey[3 * i + 1] = grey[3 * i + 2] = (byte) (51 * (i % 6));
        }
        try (Engine engine = new Engine(TestNetworks.options())) {
            T2iAdapter adapter = T2iAdapter.open(temp);

            List<Tensor> features = adapter.features(engine, Pixels.of(6, 2, grey), new Cancellation());

            assertThat(features.get(0).shape()).containsExactly(1, 4, 1, 3);
            assertThat(features.get(0).values())
                    .containsExactly(0f, 0.4f, 0.8f, 0.2f, 0.6f, 1f, 0f, 0.4f, 0.8f, 0.2f, 0.6f, 1f);
            assertThat(features.get(1).shape()).containsExactly(1, 4, 1, 2);
            assertThat(features.get(1).values()).containsExactly(0.4f, 1.6f, 0.8f, 2f, 0.4f, 1.6f, 0.8f, 2f);
            assertThat(adapter.featureShapes(2, 6)).containsExactly(List.of(4, 1, 3), List.of(4, 1, 2));
        }
    }

    @Test
    void theAuthorsNamesAreTheSameAdapter() {
        Path golden = golden();
        Path full = authors(golden.resolve("checkpoints/tiny-t2i-full"), name -> counted(name, 2));
        Path light = authors(
                golden.resolve("checkpoints/tiny-t2i-light"),
                name -> name.replace("adapter.", "").replace(".resnets.", ".body."));
        Path xl = authors(golden.resolve("checkpoints/tiny-t2i-xl"), name -> name.replace("adapter.", ""));
        Pixels picture = picture(64, 48);
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (String name : List.of("full", "light", "xl")) {
                T2iAdapter expected = T2iAdapter.open(golden.resolve("checkpoints/tiny-t2i-" + name));
                T2iAdapter adapter = T2iAdapter.open(name.equals("full") ? full : name.equals("light") ? light : xl);

                assertThat(adapter.config()).isEqualTo(expected.config());
                List<Tensor> features = adapter.features(engine, picture, new Cancellation());
                List<Tensor> wanted = expected.features(engine, picture, new Cancellation());
                assertThat(features).hasSameSizeAs(wanted).hasSameSizeAs(adapter.featureShapes(48, 64));
                for (int i = 0; i < wanted.size(); i++) {
                    assertThat(features.get(i).values())
                            .isEqualTo(wanted.get(i).values())
                            .hasSize(adapter.featureShapes(48, 64).get(i).stream()
                                    .reduce(1, (a, b) -> a * b));
                }
            }
        }
    }

    @Test
    void aFileOfAnotherKindIsNamed() {
        Path file = temp.resolve("other.safetensors");
        new SafetensorsWriter().add("x", Dtype.F32, new byte[4], 1).write(file);

        assertThatThrownBy(() -> T2iAdapter.open(file))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + " must be a T2I-Adapter but its tensors have other names than those have");
    }

    private static String counted(String name, int perBlock) {
        String own = name.replace("adapter.", "");
        if (!own.startsWith("body.")) {
            return own;
        }
        String[] path = own.split("\\.", -1);
        int block = Integer.parseInt(path[1]);
        return own.contains(".in_conv.")
                ? "body." + block * perBlock + ".in_conv." + path[3]
                : "body." + (block * perBlock + Integer.parseInt(path[3])) + "." + path[4] + "." + path[5];
    }

    private Path authors(Path folder, UnaryOperator<String> rename) {
        SafetensorsFile file = SafetensorsFile.open(folder.resolve("diffusion_pytorch_model.safetensors"));
        SafetensorsWriter writer = new SafetensorsWriter();
        for (FileWeight tensor : file.tensors().values()) {
            long[] shape = tensor.dims().stream().mapToLong(Long::longValue).toArray();
            writer.add(
                    rename.apply(tensor.name()),
                    Dtype.F16,
                    file.bytes(tensor.name()).array(),
                    shape);
        }
        Path to = temp.resolve(folder.getFileName() + ".safetensors");
        writer.write(to);
        return to;
    }

    /** The identity as a convolution of {@code kernel} by {@code kernel}. */
    private static byte[] middleOnes(int channels, int kernel) {
        ByteBuffer bytes =
                ByteBuffer.allocate(4 * channels * channels * kernel * kernel).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < channels; i++) {
            bytes.putFloat(4 * ((i * channels + i) * kernel * kernel + kernel * kernel / 2), 1);
        }
        return bytes.array();
    }

    private static Pixels picture(int width, int height) {
        byte[] rgb = new byte[width * height * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * 37 % 251);
        }
        return Pixels.of(width, height, rgb);
    }

    private static Path golden() {
        assumeTrue(GoldenCheckpoints.fullSet().isPresent(), "the full set of reference values is not on this machine");
        return GoldenCheckpoints.fullSet().orElseThrow();
    }
}
