package dev.triptych.diffusion.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.engine.Tensor;
import dev.triptych.diffusion.network.vae.LatentDistribution;
import dev.triptych.diffusion.weights.SafetensorsFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every single model agrees with PyTorch: the largest difference is at most 1e-4 of the largest value. */
class NetworkFidelityTest {

    private static final double TOLERANCE = 1e-4;

    private final Cancellation none = new Cancellation();

    @ParameterizedTest
    @ValueSource(strings = {"sd1", "sd2"})
    void compactSetAgrees(String name) {
        agrees(GoldenCheckpoints.directory("tiny-" + name), GoldenCheckpoints.expected(name + "-compact"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd1", "sd2", "lcm", "sd1-inpaint"})
    void fullSetAgrees(String name) {
        Optional<Path> full = GoldenCheckpoints.fullSet();
        assumeTrue(full.isPresent(), "the full set of reference values is not on this machine");
        agrees(
                full.get().resolve("checkpoints").resolve("tiny-" + name),
                SafetensorsFile.open(full.get().resolve("expected").resolve(name + ".safetensors")));
    }

    @Test
    void hiddenStatesOfTheTextEncoderAgree() {
        for (String name : new String[] {"sd1", "sd2"}) {
            SafetensorsFile expected = GoldenCheckpoints.expected(name + "-compact");
            int[] ids = integers(expected, "text.ids");
            try (TestNetworks models = TestNetworks.open(GoldenCheckpoints.directory("tiny-" + name))) {
                for (int i = 0; i < 3; i++) {
                    int[] prompt = Arrays.copyOfRange(ids, 77 * i, 77 * (i + 1));
                    assertClose(
                            models.text()
                                    .hiddenState(models.engine(), prompt, 1, none)
                                    .values(),
                            row(expected, "text.hidden_states.-2", i, 3));
                }
            }
        }
    }

    private void agrees(Path directory, SafetensorsFile expected) {
        try (TestNetworks models = TestNetworks.open(directory)) {
            textAgrees(models, expected);
            unetAgrees(models, expected);
            vaeAgrees(models, expected);
        }
    }

    private void textAgrees(TestNetworks models, SafetensorsFile expected) {
        int[] ids = integers(expected, "text.ids");
        for (int i = 0; i < 3; i++) {
            Tensor embeddings = models.encodeText(Arrays.copyOfRange(ids, 77 * i, 77 * (i + 1)), 0, none);
            assertClose(embeddings.values(), row(expected, "text.last_hidden_state", i, 3));
        }
    }

    private void unetAgrees(TestNetworks models, SafetensorsFile expected) {
        for (int t : new int[] {1, 500, 999}) {
            for (int i = 0; i < 2; i++) {
                float[] context = row(expected, "unet.context", i, 2);
                Tensor prompt =
                        new Tensor(new long[] {1, 77, models.text().config().hiddenSize()}, context);
                boolean distilled =
                        models.unet().config().time().conditionChannels().isPresent();
                float[] guidance = distilled ? row(expected, "unet.timestep_cond", i, 2) : null;
                float[] noise =
                        models.predictNoise(row(expected, "unet.sample", i, 2), 8, 8, t, prompt, guidance, none);
                assertClose(noise, row(expected, "unet.out.t" + t, i, 2));
            }
        }
    }

    private void vaeAgrees(TestNetworks models, SafetensorsFile expected) {
        assertThat(models.parts().vae().config().scaleFactor()).isEqualTo(8);
        assertClose(models.decode(expected.floats("vae.latents"), 8, 8, none), expected.floats("vae.decoded"));
        LatentDistribution encoded = models.encode(pixels(expected.bytes("vae.picture")), 64, 64, none);
        assertClose(encoded.mean(), expected.floats("vae.mean"));
        assertClose(encoded.logvar(), expected.floats("vae.logvar"));
    }

    /** Bytes [64, 64, 3] as [3, 64, 64] in [−1, 1]. */
    private static float[] pixels(ByteBuffer picture) {
        float[] pixels = new float[3 * 64 * 64];
        for (int i = 0; i < 64 * 64; i++) {
            for (int c = 0; c < 3; c++) {
                pixels[c * 64 * 64 + i] = (picture.get() & 0xFF) / 255f * 2 - 1;
            }
        }
        return pixels;
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
        }
        assertThat(difference / largest).isLessThanOrEqualTo(TOLERANCE);
    }

    private static float[] row(SafetensorsFile file, String name, int row, int rows) {
        float[] all = file.floats(name);
        int length = all.length / rows;
        return Arrays.copyOfRange(all, row * length, (row + 1) * length);
    }

    private static int[] integers(SafetensorsFile file, String name) {
        ByteBuffer bytes = file.bytes(name);
        int[] values = new int[bytes.remaining() / 4];
        bytes.asIntBuffer().get(values);
        return values;
    }
}
