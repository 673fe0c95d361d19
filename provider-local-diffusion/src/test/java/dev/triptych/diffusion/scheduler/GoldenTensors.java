package dev.triptych.diffusion.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Float32 tensors of a small safetensors file, for tests alone. */
public final class GoldenTensors {

    private final ByteBuffer bytes;
    private final int dataStart;
    private final JsonNode header;

    private GoldenTensors(byte[] file) throws IOException {
        this.bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = (int) bytes.getLong(0);
        this.dataStart = Long.BYTES + headerLength;
        byte[] json = Arrays.copyOfRange(file, Long.BYTES, dataStart);
        this.header = new ObjectMapper().readTree(new String(json, StandardCharsets.UTF_8));
    }

    public static GoldenTensors read(Path file) {
        try {
            return new GoldenTensors(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public boolean has(String name) {
        return header.has(name);
    }

    public float[] floats(String name) {
        JsonNode offsets = header.path(name).path("data_offsets");
        int start = dataStart + offsets.get(0).asInt();
        float[] values = new float[(offsets.get(1).asInt() - offsets.get(0).asInt()) / Float.BYTES];
        for (int i = 0; i < values.length; i++) {
            values[i] = bytes.getFloat(start + i * Float.BYTES);
        }
        return values;
    }
}
