package dev.triptych.diffusion.weights;

import dev.triptych.diffusion.onnx.ElementType;

/** The element types of a safetensors file. Only {@link #isFloat() floating} ones can be a model's weights. */
public enum Dtype {
    /** 64-bit floating point. */
    F64(8),
    /** 32-bit floating point. */
    F32(4),
    /** IEEE half precision. */
    F16(2),
    /** The upper half of a 32-bit float. */
    BF16(2),
    /** 8-bit floating point, 4 exponent bits, finite; widened when it is read. */
    F8_E4M3(1),
    /** 8-bit floating point, 5 exponent bits; widened when it is read. */
    F8_E5M2(1),
    /** 64-bit integer. */
    I64(8),
    /** Unsigned 64-bit integer. */
    U64(8),
    /** 32-bit integer. */
    I32(4),
    /** Unsigned 32-bit integer. */
    U32(4),
    /** 16-bit integer. */
    I16(2),
    /** Unsigned 16-bit integer. */
    U16(2),
    /** 8-bit integer. */
    I8(1),
    /** Unsigned 8-bit integer. */
    U8(1),
    /** One byte, 0 or 1. */
    BOOL(1);

    private final int bytes;

    Dtype(int bytes) {
        this.bytes = bytes;
    }

    /** The size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /**
     * The same type in ONNX.
     *
     * @throws IllegalArgumentException if it is neither a {@link #isFloat() floating} one nor {@link #I8}
     */
    public ElementType elementType() {
        return switch (this) {
            case F64 -> ElementType.DOUBLE;
            case F32 -> ElementType.FLOAT;
            case F16 -> ElementType.FLOAT16;
            case BF16 -> ElementType.BFLOAT16;
            case I8 -> ElementType.INT8;
            default ->
                throw new IllegalArgumentException("a weight's type must be floating point or I8 but was " + this);
        };
    }

    /** Whether the engine computes with weights of this type. */
    public boolean isFloat() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }
}
