package dev.triptych.diffusion.network.tinyvae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.Cancellation;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.Components;
import dev.triptych.diffusion.checkpoint.Part;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.SafetensorsFile;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TinyVaeTest {

    private static final double TOLERANCE = 1e-4;

    private final Cancellation none = new Cancellation();

    @TempDir
    Path temp;

    @Test
    void bothWaysAgreeWithTheReference() {
        Path golden = golden();
        SafetensorsFile values = SafetensorsFile.open(golden.resolve("expected/taesd.safetensors"));
        TinyVae tiny = TinyVae.open(Part.at(golden.resolve("checkpoints/tiny-taesd")));
        try (Engine engine = new Engine(TestNetworks.options())) {
            float[] pixels = tiny.decode(engine, latents(values), none);
            float[] latents =
                    tiny.encode(engine, new Tensor(new long[] {1, 3, 64, 64}, values.floats("picture")), none);

            assertThat(difference(pixels, values.floats("decoded"))).isLessThan(TOLERANCE);
            assertThat(difference(latents, values.floats("encoded"))).isLessThan(TOLERANCE);
        }
    }

    /** madebyollin/taesd has its two ways as a file each, whose layers are numbered alone. */
    @Test
    void theOriginalFileOfADecoderGivesTheSamePicture() {
        Path golden = golden();
        SafetensorsFile values = SafetensorsFile.open(golden.resolve("expected/taesd.safetensors"));
        Path file = original(golden.resolve("checkpoints/tiny-taesd/diffusion_pytorch_model.safetensors"));
        Components components = Components.of(Map.of("tiny_vae", Optional.of(file)));
        Checkpoint checkpoint = Checkpoint.open(GoldenCheckpoints.directory("tiny-sd1"), components);
        TinyVae tiny = TinyVae.open(checkpoint.require("tiny_vae"));

        try (Engine engine = new Engine(TestNetworks.options())) {
            assertThat(difference(tiny.decode(engine, latents(values), none), values.floats("decoded")))
                    .isLessThan(TOLERANCE);
        }
    }

    @Test
    void anotherUpsamplingIsRefused() throws IOException {
        Path folder = Files.createDirectories(temp.resolve("tiny"));
        Files.writeString(folder.resolve("config.json"), "{\"upsample_fn\": \"bilinear\"}");

        assertThatThrownBy(() -> TinyVae.open(Part.at(folder)))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(folder.resolve("config.json")
                        + ": \"upsample_fn\" must be one of [nearest], which are supported, but was \"bilinear\"");
    }

    private Path original(Path from) {
        SafetensorsFile file = SafetensorsFile.open(from);
        SafetensorsWriter writer = new SafetensorsWriter();
        for (FileWeight tensor : file.tensors().values()) {
            String[] words = tensor.name().split("\\.", 4);
            if (words[0].equals("decoder")) {
                writer.add(
                        (Integer.parseInt(words[2]) + 1) + "." + words[3],
                        Dtype.F16,
                        file.bytes(tensor.name()).array(),
                        tensor.dims().stream().mapToLong(Long::longValue).toArray());
            }
        }
        Path to = temp.resolve("taesd_decoder.safetensors");
        writer.write(to);
        return to;
    }

    private static Tensor latents(SafetensorsFile values) {
        return new Tensor(new long[] {1, 4, 8, 8}, values.floats("latents"));
    }

    /** The largest difference, relative to the largest expected value. */
    private static double difference(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
        }
        return difference / largest;
    }

    private static Path golden() {
        Optional<Path> full = GoldenCheckpoints.fullSet();
        assumeTrue(full.isPresent(), "the full set of reference values is not on this machine");
        return full.get();
    }
}
