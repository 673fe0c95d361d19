package dev.triptych.diffusion.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes one protocol-buffers message: each field is a key (number · 8 + wire type) and a value. Only the three wire
 * types that ONNX needs exist here: variable-length integers (0), length-delimited bytes (2) and 32-bit numbers (5).
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protocol buffers: encoding</a>
 */
final class ProtoWriter {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** An integer, enum or flag. */
    ProtoWriter number(int field, long value) {
        varint(field << 3);
        varint(value);
        return this;
    }

    /** A 32-bit floating-point number. */
    ProtoWriter fixed32(int field, float value) {
        varint((field << 3) | 5);
        int bits = Float.floatToIntBits(value);
        for (int shift = 0; shift < 32; shift += 8) {
            out.write(bits >>> shift);
        }
        return this;
    }

    /** A text in UTF-8. */
    ProtoWriter text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** A message inside this one. */
    ProtoWriter message(int field, ProtoWriter value) {
        return bytes(field, value.toByteArray());
    }

    /** Raw bytes. */
    ProtoWriter bytes(int field, byte[] value) {
        varint((field << 3) | 2);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    /** A message that begins with what this one holds. */
    ProtoWriter copy() {
        ProtoWriter copy = new ProtoWriter();
        copy.out.writeBytes(toByteArray());
        return copy;
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }

    /** Seven bits a byte, lowest first; the high bit says that more follow. Negative numbers take ten bytes. */
    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
