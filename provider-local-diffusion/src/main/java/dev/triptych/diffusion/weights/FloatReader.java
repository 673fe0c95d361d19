package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/**
 * Reads tensors from files as 32-bit floats, at the speed of memory: a block at a time through a small buffer that
 * stays in the processor's cache, and loops over arrays, of which the compiler makes vectors. F16 and BF16 widen
 * exactly.
 */
final class FloatReader {

    private static final int BLOCK_BYTES = 1 << 18;

    private static final ThreadLocal<ByteBuffer> BLOCKS =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN));

    private FloatReader() {}

    /**
     * All values, row-major; a new array.
     *
     * @throws ModelLoadException if the file cannot be read, or ends before the tensor does
     */
    static float[] values(FileWeight tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        int blockElements = BLOCK_BYTES / tensor.dtype().bytes();
        short[] halves = new short[tensor.dtype().bytes() == 2 ? Math.min(blockElements, values.length) : 0];
        try (FileChannel channel = FileChannel.open(tensor.file(), StandardOpenOption.READ)) {
            for (int at = 0; at < values.length; at += blockElements) {
                int count = Math.min(blockElements, values.length - at);
                ByteBuffer block = block(
                        channel,
                        tensor.offset() + (long) at * tensor.dtype().bytes(),
                        count * tensor.dtype().bytes());
                widen(block, tensor.dtype(), halves, values, at, count);
            }
        } catch (IOException e) {
            throw new ModelLoadException(
                    tensor.file() + ": tensor " + tensor.name() + " cannot be read: " + e.getMessage(), e);
        }
        return values;
    }

    private static ByteBuffer block(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer block = BLOCKS.get().clear().limit(length);
        while (block.hasRemaining()) {
            if (channel.read(block, position + block.position()) < 0) {
                throw new EOFException("the file ended at byte " + (position + block.position()));
            }
        }
        return block.flip();
    }

    private static void widen(ByteBuffer block, Dtype dtype, short[] halves, float[] values, int at, int count) {
        switch (dtype) {
            case F32 -> block.asFloatBuffer().get(values, at, count);
            case F16 -> {
                block.asShortBuffer().get(halves, 0, count);
                HalfFloats.toFloats(halves, values, at, count);
            }
            case BF16 -> {
                block.asShortBuffer().get(halves, 0, count);
                for (int i = 0; i < count; i++) {
                    values[at + i] = Float.intBitsToFloat(halves[i] << 16);
                }
            }
            default -> {
                float[] wide = SafetensorsFile.floats(block, dtype, count);
                System.arraycopy(wide, 0, values, at, count);
            }
        }
    }

    /** The value of a tensor of one element, of any type. */
    static double number(FileWeight tensor) {
        ByteBuffer bytes = SafetensorsFile.read(
                tensor.file(), tensor.name(), tensor.offset(), tensor.dtype().bytes());
        return switch (tensor.dtype()) {
            case I64, U64 -> bytes.getLong();
            case I32 -> bytes.getInt();
            case U32 -> Integer.toUnsignedLong(bytes.getInt());
            case I16 -> bytes.getShort();
            case U16 -> Short.toUnsignedInt(bytes.getShort());
            case I8 -> bytes.get();
            case U8, BOOL -> Byte.toUnsignedInt(bytes.get());
            default -> values(tensor)[0];
        };
    }
}
