package dev.triptych.diffusion.weights;

import java.nio.ByteBuffer;

/**
 * How a block of quantised elements is laid out in a GGUF file. Reference: ggml, {@code ggml-common.h} and
 * {@code ggml-quants.c} ({@code dequantize_row_…}).
 */
public enum BlockFormat {
    /** 32 elements: a half-precision scale d, 32 signed bytes q; element = d · q. */
    Q8_0(32, 34) {
        @Override
        void decode(ByteBuffer block, float[] values, int at) {
            float scale = HalfFloats.toFloat(block.getShort());
            for (int i = 0; i < elements(); i++) {
                values[at + i] = scale * block.get();
            }
        }
    },
    /** 32 elements: a half-precision scale d, 16 bytes of two elements q each; element = d · (q − 8). */
    Q4_0(32, 18) {
        @Override
        void decode(ByteBuffer block, float[] values, int at) {
            float scale = HalfFloats.toFloat(block.getShort());
            for (int i = 0; i < elements() / 2; i++) {
                int pair = block.get() & 0xff;
                values[at + i] = scale * ((pair & 0xf) - 8);
                values[at + i + elements() / 2] = scale * ((pair >> 4) - 8);
            }
        }
    };

    private final int elements;
    private final int bytes;

    BlockFormat(int elements, int bytes) {
        this.elements = elements;
        this.bytes = bytes;
    }

    /** How many elements a block has. */
    public int elements() {
        return elements;
    }

    /** How many bytes a block has. */
    public int bytes() {
        return bytes;
    }

    /** Reads one block and writes its elements into {@code values} from {@code at} on. */
    abstract void decode(ByteBuffer block, float[] values, int at);
}
