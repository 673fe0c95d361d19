package dev.triptych.diffusion.network.layers;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.triptych.Cancellation;
import dev.triptych.diffusion.GoldenCheckpoints;
import dev.triptych.diffusion.checkpoint.Checkpoint;
import dev.triptych.diffusion.engine.Engine;
import dev.triptych.diffusion.engine.Shape;
import dev.triptych.diffusion.family.TestNetworks;
import dev.triptych.diffusion.onnx.ElementType;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers against their definition, written out in plain Java. */
class LayersTest {

    private static final int CHANNELS = 24;

    private final Checkpoint checkpoint = Checkpoint.open(GoldenCheckpoints.directory("tiny-sd1"));
    private final Layers layers = new Layers("test", checkpoint.require("unet").weights());
    private final Map<String, float[]> feed = new HashMap<>();

    @ParameterizedTest(name = "{0} x {1} tokens, {2} heads, causal {3}")
    @CsvSource({
        "1024, 1024, 3, false", // MultiHeadAttention
        "40, 7, 3, false",
        "9, 9, 2, true",
        "5, 5, 1, false",
    })
    void attentionIsWhatItsPaperSays(int queries, int keys, int heads, boolean causal) throws OrtException {
        Value q = input("q", 1, queries, CHANNELS);
        Value k = input("k", 1, keys, CHANNELS);
        Value v = input("v", 1, keys, CHANNELS);
        layers.output("y", Attention.multiHead(layers, q, k, v, heads, causal));

        float[] y = run();

        for (int query : new int[] {0, queries / 2, queries - 1}) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                assertThat((double) y[query * CHANNELS + channel])
                        .isCloseTo(
                                expected(query, channel, causal ? query + 1 : keys, CHANNELS / heads),
                                Offset.offset(1e-5));
            }
        }
    }

    @Test
    void wideAttentionIsAttentionWithOneHead() throws OrtException {
        Value q = input("q", 1, 6, CHANNELS);
        Value k = input("k", 1, 6, CHANNELS);
        Value v = input("v", 1, 6, CHANNELS);
        layers.output("y", Attention.wide(layers, q, k, v));

        float[] y = run();

        for (int i = 0; i < y.length; i++) {
            assertThat((double) y[i]).isCloseTo(expected(i / CHANNELS, i % CHANNELS, 6, CHANNELS), Offset.offset(1e-5));
        }
    }

    @Test
    void enlargingTakesTheNearestAsTorchDoes() throws OrtException {
        Value x = input("q", 1, 1, 1, 3);
        layers.output("y", layers.resize(x, 1, 5));

        float[] y = run();

        float[] q = fed("q");
        assertThat(y).containsExactly(q[0], q[0], q[1], q[1], q[2]); // floor(i · 3 / 5)
    }

    @Test
    void aPictureBecomesASequenceAndBack() throws OrtException {
        Value x = input("q", 1, 2, 3, 4);
        Value sequence = layers.toSequence(x);
        layers.output("y", layers.toPicture(sequence, x));

        assertThat(sequence.dims()).containsExactly(1, 12, 2);
        assertThat(run()).isEqualTo(fed("q"));
    }

    /** softmax(q·kᵀ/√d)·v at one place, over the first {@code keys} keys. */
    private double expected(int query, int channel, int keys, int width) {
        int head = channel / width;
        double sum = 0;
        double weighted = 0;
        for (int key = 0; key < keys; key++) {
            double score = 0;
            for (int i = head * width; i < (head + 1) * width; i++) {
                score += (double) fed("q")[query * CHANNELS + i] * fed("k")[key * CHANNELS + i];
            }
            double weight = Math.exp(score / Math.sqrt(width));
            sum += weight;
            weighted += weight * fed("v")[key * CHANNELS + channel];
        }
        return weighted / sum;
    }

    private float[] fed(String name) {
        return Objects.requireNonNull(feed.get(name));
    }

    private Value input(String name, long... dims) {
        int length = 1;
        for (long dim : dims) {
            length *= (int) dim;
        }
        Random random = new Random(name.hashCode());
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        feed.put(name, values);
        return layers.input(name, ElementType.FLOAT, dims);
    }

    private float[] run() throws OrtException {
        // Starts ONNX Runtime as the engine does, with threads that all models of this process share.
        try (Engine engine = new Engine(TestNetworks.options())) {
            engine.prepare(TestNetworks.vae(checkpoint.folder()).decoder(), Shape.of(1, 1), new Cancellation());
        }
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try (OrtSession session = environment.createSession(layers.finish().model())) {
            for (var input : session.getInputInfo().entrySet()) {
                long[] dims = ((TensorInfo) input.getValue().getInfo()).getShape();
                FloatBuffer values = FloatBuffer.wrap(fed(input.getKey()));
                inputs.put(input.getKey(), OnnxTensor.createTensor(environment, values, dims));
            }
            try (OrtSession.Result result = session.run(inputs)) {
                return ((OnnxTensor) result.get(0)).getFloatBuffer().array();
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }
}
