package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.Components;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.pixels.Pixels;
import dev.triptych.diffusion.random.TorchCpuNormal;
import dev.triptych.diffusion.weights.SafetensorsFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is made of pictures to vary agrees with PyTorch. */
class PictureLabelsTest {

    private static final Optional<Path> GOLDEN = GoldenCheckpoints.fullSet();

    @BeforeEach
    void needsTheFullSet() {
        assumeTrue(GOLDEN.isPresent(), "the full set of reference values is not on this machine");
    }

    @Test
    void embeddingsOfPicturesAgree() {
        Path checkpoints = GOLDEN.orElseThrow().resolve("checkpoints");
        Components tower =
                Components.of(Map.of("image_encoder", Optional.of(checkpoints.resolve("tiny-karlo-vision"))));
        assertEmbeddings(Checkpoint.open(checkpoints.resolve("tiny-karlo"), tower), values("karlo"));
        assertEmbeddings(Checkpoint.open(checkpoints.resolve("tiny-sd21-unclip")), values("sd21-unclip"));
    }

    private static void assertEmbeddings(Checkpoint checkpoint, SafetensorsFile values) {
        PictureEncoder encoder = PictureEncoder.read(checkpoint).orElseThrow();
        try (Engine engine = new Engine(TestNetworks.options())) {
            for (String name : new String[] {"variation", "variation2"}) {
                float[] embedding = encoder.embedding(engine, picture(values, name), new Cancellation())
                        .values();
                assertThat(embedding).containsExactly(values.floats(name + ".image_embeds"), within(1e-4f));
            }
        }
    }

    @Test
    void noisedEmbeddingsAgree() {
        Checkpoint checkpoint =
                Checkpoint.open(GOLDEN.orElseThrow().resolve("checkpoints").resolve("tiny-sd21-unclip"));
        PictureLabels labels = PictureLabels.read(checkpoint).orElseThrow();
        SafetensorsFile values = values("sd21-unclip");
        float[] embedding = values.floats("variation.image_embeds");

        for (int level : new int[] {0, 300, 999}) {
            float[] label = labels.label(embedding, level, new TorchCpuNormal(7).next(embedding.length));

            assertThat(label).hasSize(labels.size());
            assertThat(label).containsExactly(values.floats("noised.level" + level), within(1e-4f));
        }
    }

    private static Pixels picture(SafetensorsFile values, String name) {
        List<Long> shape = values.tensor(name).orElseThrow().dims();
        ByteBuffer buffer = values.bytes(name);
        byte[] rgb = new byte[buffer.remaining()];
        buffer.get(rgb);
        return Pixels.of(shape.get(1).intValue(), shape.get(0).intValue(), rgb);
    }

    private static SafetensorsFile values(String name) {
        return SafetensorsFile.open(GOLDEN.orElseThrow().resolve("expected/" + name + ".safetensors"));
    }
}
