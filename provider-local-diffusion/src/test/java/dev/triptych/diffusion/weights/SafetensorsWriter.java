package dev.triptych.diffusion.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/** Writes safetensors files for tests, right or wrong ones. */
public final class SafetensorsWriter {

    private final Map<String, String> header = new LinkedHashMap<>();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    /** Adds a tensor whose bytes are given. */
    public SafetensorsWriter add(String name, Dtype dtype, byte[] bytes, long... shape) {
        int begin = data.size();
        return entry(name, dtype.name(), Arrays.toString(shape), begin, begin + bytes.length)
                .bytes(bytes);
    }

    /** Adds a tensor of 32-bit floats. */
    public SafetensorsWriter floats(String name, float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return add(name, Dtype.F32, bytes.array(), shape);
    }

    /** Adds a header entry as it stands. */
    public SafetensorsWriter entry(String name, String dtype, String shape, long begin, long end) {
        header.put(
                name, "{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}".formatted(dtype, shape, begin, end));
        return this;
    }

    /** Appends to the tensors' bytes. */
    public SafetensorsWriter bytes(byte[] more) {
        data.writeBytes(more);
        return this;
    }

    /** Writes the file. */
    public Path write(Path file) {
        StringJoiner json = new StringJoiner(",", "{", "}");
        header.forEach((name, entry) -> json.add("\"" + name + "\":" + entry));
        return write(file, json.toString(), data.toByteArray());
    }

    /** Writes a file with any header. */
    public static Path write(Path file, String header, byte[] data) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(text.length).put(text).put(data);
        try {
            return Files.write(file, bytes.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
