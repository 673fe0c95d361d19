package dev.triptych.diffusion.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.triptych.Cancellation;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.checkpoint.SafetensorsFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every single model agrees with PyTorch: the largest difference is at most 1e-4 of the largest value. */
class SingleModelFidelityTest {

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
    void pooledAndHiddenStatesOfTheTextEncoderAgree() throws Exception {
        for (String name : new String[] {"sd1", "sd2"}) {
            SafetensorsFile expected = GoldenCheckpoints.expected(name + "-compact");
            Checkpoint checkpoint = Checkpoint.open(GoldenCheckpoints.directory("tiny-" + name));
            int[] ids = integers(expected, "text.ids");
            try (SessionCache sessions = new SessionCache(checkpoint, OrtRuntime.start(RuntimeOptions.standard()));
                    ai.onnxruntime.OrtSession.RunOptions options = new ai.onnxruntime.OrtSession.RunOptions()) {
                for (int i = 0; i < 3; i++) {
                    float[] prompt = floats(Arrays.copyOfRange(ids, 77 * i, 77 * (i + 1)));
                    var feed = java.util.Map.of("input_ids", new Tensor(new long[] {1, 77}, prompt));
                    ModelSession all = sessions.get(new SessionKey(ModelKind.TEXT_ENCODER, 0, 0, 77, 0));
                    ModelSession skipping = sessions.get(new SessionKey(ModelKind.TEXT_ENCODER, 0, 0, 77, 1));
                    assertClose(all.run(feed, "pooled", options).values(), row(expected, "text.pooled", i, 3));
                    assertClose(
                            skipping.run(feed, "hidden_state", options).values(),
                            row(expected, "text.hidden_states.-2", i, 3));
                }
            }
        }
    }

    private void agrees(Path directory, SafetensorsFile expected) {
        Checkpoint checkpoint = Checkpoint.open(directory);
        try (DiffusionModels models = DiffusionModels.open(checkpoint, RuntimeOptions.standard())) {
            textAgrees(models, expected);
            unetAgrees(models, expected, checkpoint);
            vaeAgrees(models, expected, checkpoint);
        }
    }

    private void textAgrees(DiffusionModels models, SafetensorsFile expected) {
        int[] ids = integers(expected, "text.ids");
        for (int i = 0; i < 3; i++) {
            Tensor embeddings = models.encodeText(Arrays.copyOfRange(ids, 77 * i, 77 * (i + 1)), 0, none);
            assertClose(embeddings.values(), row(expected, "text.last_hidden_state", i, 3));
        }
    }

    private void unetAgrees(DiffusionModels models, SafetensorsFile expected, Checkpoint checkpoint) {
        for (int t : new int[] {1, 500, 999}) {
            for (int i = 0; i < 2; i++) {
                float[] context = row(expected, "unet.context", i, 2);
                Tensor prompt =
                        new Tensor(new long[] {1, 77, checkpoint.textEncoder().hiddenSize()}, context);
                float[] guidance = checkpoint.timeCondProjDim() > 0 ? row(expected, "unet.timestep_cond", i, 2) : null;
                float[] noise =
                        models.predictNoise(row(expected, "unet.sample", i, 2), 8, 8, t, prompt, guidance, none);
                assertClose(noise, row(expected, "unet.out.t" + t, i, 2));
            }
        }
    }

    private void vaeAgrees(DiffusionModels models, SafetensorsFile expected, Checkpoint checkpoint) {
        assertThat(checkpoint.vaeScaleFactor()).isEqualTo(8);
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

    private static float[] floats(int[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = values[i];
        }
        return floats;
    }
}
