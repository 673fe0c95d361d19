package dev.triptych.diffusion.engine;

import ai.onnxruntime.OnnxTensor;
import java.lang.System.Logger.Level;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The memory of a tensor that ONNX Runtime made. It takes only memory of ours for a session's weights, and its Java
 * class gives away nothing but copies on the heap; hence the reflection. Memory of ours is bounded by the Java process
 * ({@code -XX:MaxDirectMemorySize}), often below the size of a model.
 */
final class TensorMemory {

    private static final System.Logger LOG = System.getLogger(TensorMemory.class.getName());

    private TensorMemory() {}

    /** The floats of {@code tensor}, in place while it is open; where that is impossible, a copy. */
    static FloatBuffer of(OnnxTensor tensor) {
        try {
            Method memory = OnnxTensor.class.getDeclaredMethod("getBuffer");
            memory.setAccessible(true);
            if (memory.invoke(tensor) instanceof ByteBuffer buffer && buffer.isDirect()) {
                return buffer.order(ByteOrder.nativeOrder()).asFloatBuffer();
            }
        } catch (ReflectiveOperationException | InaccessibleObjectException e) {
            LOG.log(Level.DEBUG, "Weights are copied, as the memory of a tensor cannot be had", e);
        }
        return direct(tensor.getFloatBuffer());
    }

    /** The same floats outside the heap. */
    static FloatBuffer direct(FloatBuffer values) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(4, values.remaining()))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer()
                .put(values)
                .flip();
    }
}
