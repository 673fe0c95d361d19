package dev.triptych.diffusion.engine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.triptych.diffusion.onnx.Attribute;
import dev.triptych.diffusion.onnx.ElementType;
import dev.triptych.diffusion.onnx.GraphBuilder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether products of 8-bit integers are exact here. On processors without instructions for them, such as x86-64
 * without VNNI, ONNX Runtime adds pairs of products in 16 bits, which are not enough for large ones. One product says
 * it; no list of processors has to be kept. Stateless.
 */
final class IntegerProducts {

    private static final int WIDTH = 64;
    private static final int MOST_UNSIGNED = 255;
    private static final int MOST_SIGNED = 127;

    private IntegerProducts() {}

    /** Why networks cannot be computed in 8-bit integers on {@code runtime}; empty = they can. */
    static Optional<String> obstacle(OrtRuntime runtime) throws OrtException {
        if (runtime.provider().cuda()) {
            return Optional.of("networks run on CUDA here, for which there is no form in 8-bit integers");
        }
        float expected = (float) WIDTH * MOST_UNSIGNED * MOST_SIGNED;
        return largestProduct(runtime) == expected
                ? Optional.empty()
                : Optional.of("this processor has no instructions for exact products of 8-bit integers, such as VNNI");
    }

    /** The sum of products of the largest numbers, of several rows, as one row may be computed otherwise. */
    private static float largestProduct(OrtRuntime runtime) throws OrtException {
        GraphBuilder graph = new GraphBuilder("probe");
        String x = graph.input("x", ElementType.FLOAT, 16, WIDTH);
        String codes = graph.node("Cast", List.of(x), Attribute.of("to", ElementType.UINT8.number()));
        String weights = graph.node(
                "Cast",
                List.of(graph.constant(List.of((long) WIDTH, 16L), filled(WIDTH * 16, MOST_SIGNED))),
                Attribute.of("to", ElementType.INT8.number()));
        String one = graph.constant(List.of(1L), 1f);
        graph.nodeTo("y", GraphBuilder.MICROSOFT, "MatMulIntegerToFloat", List.of(codes, weights, one, one));
        graph.output("y", ElementType.FLOAT, 16, 16);
        float[] values = filled(16 * WIDTH, MOST_UNSIGNED);
        try (SessionOptions options = runtime.plainOptions();
                OrtSession session = runtime.environment().createSession(graph.toModel(), options);
                OnnxTensor input = OnnxTensor.createTensor(
                        runtime.environment(), FloatBuffer.wrap(values), new long[] {16, WIDTH});
                OrtSession.Result result = session.run(Map.of("x", input))) {
            float[] products = ((OnnxTensor) result.get(0)).getFloatBuffer().array();
            return products[products.length - 1];
        }
    }

    private static float[] filled(int length, float value) {
        float[] values = new float[length];
        Arrays.fill(values, value);
        return values;
    }
}
