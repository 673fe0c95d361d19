package dev.triptych.diffusion.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes GGUF files for tests, right or wrong ones. */
public final class GgufWriter {

    private static final int ALIGNMENT = 32;

    private final ByteArrayOutputStream keys = new ByteArrayOutputStream();
    private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private int version = 3;
    private long keyCount;
    private long tensorCount;

    /** Writes another version. */
    public GgufWriter version(int other) {
        version = other;
        return this;
    }

    /** Claims another number of tensors. */
    public GgufWriter claimTensors(long count) {
        tensorCount = count;
        return this;
    }

    /** A key with a text. */
    public GgufWriter key(String key, String value) {
        return key(key, 8, text(value));
    }

    /** A key with a number, uint32. */
    public GgufWriter key(String key, int value) {
        return key(key, 4, numbers(4, value));
    }

    /** A key with a list of int32. */
    public GgufWriter key(String key, int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(12 + 4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(5).putLong(values.length);
        for (int value : values) {
            bytes.putInt(value);
        }
        return key(key, 9, bytes.array());
    }

    /** A key of a type, with its value as it stands. */
    public GgufWriter key(String key, int type, byte[] value) {
        keyCount++;
        keys.writeBytes(text(key));
        keys.writeBytes(numbers(4, type));
        keys.writeBytes(value);
        return this;
    }

    /** A tensor; the shape as torch has it. */
    public GgufWriter tensor(String name, int type, byte[] bytes, long... shape) {
        while (data.size() % ALIGNMENT != 0) {
            data.write(0);
        }
        return entry(name, type, data.size(), shape).bytes(bytes);
    }

    /** A tensor of 32-bit floats. */
    public GgufWriter floats(String name, float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return tensor(name, 0, bytes.array(), shape);
    }

    /** An entry of the directory as it stands. */
    public GgufWriter entry(String name, int type, long offset, long... shape) {
        tensorCount++;
        directory.writeBytes(text(name));
        directory.writeBytes(numbers(4, shape.length));
        for (int i = shape.length - 1; i >= 0; i--) {
            directory.writeBytes(numbers(8, shape[i]));
        }
        directory.writeBytes(numbers(4, type));
        directory.writeBytes(numbers(8, offset));
        return this;
    }

    /** Appends to the tensors' bytes. */
    public GgufWriter bytes(byte[] more) {
        data.writeBytes(more);
        return this;
    }

    /** The file's bytes. */
    public byte[] toBytes() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        file.writeBytes(numbers(4, version));
        file.writeBytes(numbers(8, tensorCount));
        file.writeBytes(numbers(8, keyCount));
        file.writeBytes(keys.toByteArray());
        file.writeBytes(directory.toByteArray());
        while (file.size() % ALIGNMENT != 0) {
            file.write(0);
        }
        file.writeBytes(data.toByteArray());
        return file.toByteArray();
    }

    /** Writes the file. */
    public Path write(Path file) {
        try {
            return Files.write(file, toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A text behind its length. */
    public static byte[] text(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + utf8.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(utf8.length)
                .put(utf8)
                .array();
    }

    /** Little-endian numbers of some bytes each. */
    public static byte[] numbers(int bytes, long... values) {
        List<Byte> all = new ArrayList<>();
        for (long value : values) {
            for (int i = 0; i < bytes; i++) {
                all.add((byte) (value >>> (8 * i)));
            }
        }
        byte[] array = new byte[all.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = all.get(i);
        }
        return array;
    }
}
