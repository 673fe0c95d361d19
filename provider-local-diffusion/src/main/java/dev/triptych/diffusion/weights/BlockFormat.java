package dev.triptych.diffusion.weights;

import java.nio.ByteBuffer;

/**
 * How a block of quantised elements is laid out in a GGUF file. Reference: ggml, {@code ggml-common.h} and
 * {@code ggml-quants.c} ({@code dequantize_row_…}), whose values these are to the last bit: every product and sum is
 * rounded to a 32-bit float, in the order written here, none is fused.
 *
 * <p>d, m: half-precision scale and offset of a block. s, c: whole-number scale and offset of a part of a block. q: the
 * stored number of an element.
 */
public enum BlockFormat {
    /** 32 elements: d · (q − 8), q of 4 bits. */
    Q4_0(2, 32, 18) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start);
            for (int i = 0; i < 32; i++) {
                values[at + i] = d * (nibble(block, start + 2, i) - 8);
            }
        }
    },
    /** 32 elements: d · q + m, q of 4 bits. */
    Q4_1(3, 32, 20) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start);
            float m = half(block, start + 2);
            for (int i = 0; i < 32; i++) {
                values[at + i] = d * nibble(block, start + 4, i) + m;
            }
        }
    },
    /** 32 elements: d · (q − 16), q of 5 bits, the highest ones apart. */
    Q5_0(6, 32, 22) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start);
            int high = block.getInt(start + 2);
            for (int i = 0; i < 32; i++) {
                values[at + i] = d * ((nibble(block, start + 6, i) | ((high >>> i) & 1) << 4) - 16);
            }
        }
    },
    /** 32 elements: d · q + m, q of 5 bits, the highest ones apart. */
    Q5_1(7, 32, 24) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start);
            float m = half(block, start + 2);
            int high = block.getInt(start + 4);
            for (int i = 0; i < 32; i++) {
                values[at + i] = d * (nibble(block, start + 8, i) | ((high >>> i) & 1) << 4) + m;
            }
        }
    },
    /** 32 elements: d · q, q of 8 bits with a sign. */
    Q8_0(8, 32, 34) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start);
            for (int i = 0; i < 32; i++) {
                values[at + i] = d * block.get(start + 2 + i);
            }
        }
    },
    /** 256 elements in 16 parts: d · s · q − m · c, q of 2 bits. */
    Q2_K(10, 256, 84) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start + 80);
            float m = half(block, start + 82);
            for (int i = 0; i < 256; i++) {
                int part = unsigned(block, start + i / 16);
                float scale = d * (part & 15);
                float offset = m * (part >> 4);
                values[at + i] = scale * pair(block, start + 16, i) - offset;
            }
        }
    },
    /** 256 elements in 16 parts: d · (s − 32) · q, q of 3 bits from −4 to 3, the highest ones apart. */
    Q3_K(11, 256, 110) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start + 108);
            for (int i = 0; i < 256; i++) {
                int k = i / 16;
                int low = (unsigned(block, start + 96 + k % 8) >> (4 * (k / 8))) & 15;
                int high = (unsigned(block, start + 104 + k % 4) >> (2 * (k / 4))) & 3;
                boolean isPositive = ((unsigned(block, start + i % 32) >> (i / 32)) & 1) == 1;
                int q = pair(block, start + 32, i) - (isPositive ? 0 : 4);
                values[at + i] = d * ((low | high << 4) - 32) * q;
            }
        }
    },
    /** 256 elements in 8 parts: d · s · q − m · c, q of 4 bits. */
    Q4_K(12, 256, 144) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start);
            float m = half(block, start + 2);
            for (int part = 0; part < 8; part++) {
                float scale = d * scaleOf(block, start + 4, part);
                float offset = m * offsetOf(block, start + 4, part);
                for (int i = 32 * part; i < 32 * part + 32; i++) {
                    values[at + i] = scale * halfByte(block, start + 16, i) - offset;
                }
            }
        }
    },
    /** 256 elements in 8 parts: d · s · q − m · c, q of 5 bits, the highest ones apart. */
    Q5_K(13, 256, 176) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start);
            float m = half(block, start + 2);
            for (int part = 0; part < 8; part++) {
                float scale = d * scaleOf(block, start + 4, part);
                float offset = m * offsetOf(block, start + 4, part);
                for (int i = 32 * part; i < 32 * part + 32; i++) {
                    int high = (unsigned(block, start + 16 + i % 32) >> part) & 1;
                    values[at + i] = scale * (halfByte(block, start + 48, i) | high << 4) - offset;
                }
            }
        }
    },
    /** 256 elements in 16 parts: d · s · (q − 32), q of 6 bits, the highest two apart. */
    Q6_K(14, 256, 210) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start + 208);
            for (int i = 0; i < 256; i++) {
                int n = i / 128;
                int group = i % 128 / 32;
                int l = i % 32;
                int low = (unsigned(block, start + 64 * n + 32 * (group % 2) + l) >> (4 * (group / 2))) & 15;
                int high = (unsigned(block, start + 128 + 32 * n + l) >> (2 * group)) & 3;
                values[at + i] = d * block.get(start + 192 + i / 16) * ((low | high << 4) - 32);
            }
        }
    },
    /** 32 elements: d times one of sixteen unevenly spaced numbers. */
    IQ4_NL(20, 32, 18) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start);
            for (int i = 0; i < 32; i++) {
                values[at + i] = d * UNEVEN[nibble(block, start + 2, i)];
            }
        }
    },
    /** 256 elements in 8 parts: d · (s − 32) times one of sixteen unevenly spaced numbers. */
    IQ4_XS(23, 256, 136) {
        @Override
        void decode(ByteBuffer block, int start, float[] values, int at) {
            float d = half(block, start);
            int highs = block.getShort(start + 2);
            for (int part = 0; part < 8; part++) {
                int low = (unsigned(block, start + 4 + part / 2) >> (4 * (part % 2))) & 15;
                float scale = d * ((low | ((highs >> (2 * part)) & 3) << 4) - 32);
                for (int i = 0; i < 32; i++) {
                    values[at + 32 * part + i] = scale * UNEVEN[nibble(block, start + 8 + 16 * part, i)];
                }
            }
        }
    };

    /** The numbers that IQ4 codes stand for: {@code kvalues_iq4nl} in ggml-common.h. */
    private static final byte[] UNEVEN = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    private final int number;
    private final int elements;
    private final int bytes;

    BlockFormat(int number, int elements, int bytes) {
        this.number = number;
        this.elements = elements;
        this.bytes = bytes;
    }

    /** Its number in {@code enum ggml_type}. */
    public int number() {
        return number;
    }

    /** The numbers that the codes of {@link #IQ4_NL} and {@link #IQ4_XS} stand for. */
    public static float[] unevenNumbers() {
        float[] numbers = new float[UNEVEN.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = UNEVEN[i];
        }
        return numbers;
    }

    /** How many elements a block has. */
    public int elements() {
        return elements;
    }

    /** How many bytes a block has. */
    public int bytes() {
        return bytes;
    }

    /** Where in a block its half-precision numbers are. */
    public int[] halves() {
        return switch (this) {
            case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
            case Q2_K -> new int[] {80, 82};
            case Q3_K -> new int[] {108};
            case Q6_K -> new int[] {208};
            default -> new int[] {0};
        };
    }

    /** Reads the block that begins at {@code start}, and writes its elements into {@code values} from {@code at} on. */
    abstract void decode(ByteBuffer block, int start, float[] values, int at);

    private static float half(ByteBuffer block, int at) {
        return HalfFloats.toFloat(block.getShort(at));
    }

    private static int unsigned(ByteBuffer block, int at) {
        return block.get(at) & 0xff;
    }

    /** Element i of 32 in 16 bytes: the low halves hold the first sixteen, the high halves the others. */
    private static int nibble(ByteBuffer block, int from, int i) {
        return (unsigned(block, from + i % 16) >> (4 * (i / 16))) & 15;
    }

    /** Element i of 256 in 128 bytes: 64 at a time, the first 32 in low halves and the others in high ones. */
    private static int halfByte(ByteBuffer block, int from, int i) {
        return (unsigned(block, from + 32 * (i / 64) + i % 32) >> (4 * (i / 32 % 2))) & 15;
    }

    /** Element i of 256 in 64 bytes: 128 at a time, two bits of a byte to each 32. */
    private static int pair(ByteBuffer block, int from, int i) {
        return (unsigned(block, from + 32 * (i / 128) + i % 32) >> (2 * (i % 128 / 32))) & 3;
    }

    /** The scale of a part, 6 bits, packed in twelve bytes with the offsets: {@code get_scale_min_k4}. */
    private static int scaleOf(ByteBuffer block, int from, int part) {
        return part < 4
                ? unsigned(block, from + part) & 63
                : (unsigned(block, from + part + 4) & 15) | ((unsigned(block, from + part - 4) >> 6) << 4);
    }

    /** The offset of a part, 6 bits. */
    private static int offsetOf(ByteBuffer block, int from, int part) {
        return part < 4
                ? unsigned(block, from + part + 4) & 63
                : (unsigned(block, from + part + 4) >> 4) | ((unsigned(block, from + part) >> 6) << 4);
    }
}
