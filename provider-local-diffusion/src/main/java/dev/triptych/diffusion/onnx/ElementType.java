package dev.triptych.diffusion.onnx;

/** The element types of ONNX tensors that our graphs use, with their number in {@code TensorProto.DataType}. */
public enum ElementType {
    /** 32-bit floating point. */
    FLOAT(1),
    /** Unsigned 8-bit integer. */
    UINT8(2),
    /** 8-bit integer. */
    INT8(3),
    /** 32-bit integer. */
    INT32(6),
    /** 64-bit integer. */
    INT64(7),
    /** IEEE half precision. */
    FLOAT16(10),
    /** 64-bit floating point. */
    DOUBLE(11),
    /** The upper half of a 32-bit float. */
    BFLOAT16(16);

    private final int number;

    ElementType(int number) {
        this.number = number;
    }

    /** The number in {@code TensorProto.DataType}. */
    public int number() {
        return number;
    }
}
