package dev.triptych.diffusion;

import dev.triptych.diffusion.weights.GgufWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A GGUF file of random weights, of any size: matrices as Q8_0, small tensors as 32-bit floats. The numbers are written
 * row by row, such that a product of normal numbers stays about as large as they are.
 */
final class LargeGguf {

    private static final int ALIGNMENT = 32;
    private static final int BLOCK = 32;
    private static final int BLOCK_BYTES = 34;
    private static final int FLOATS = 0;
    private static final int Q8_0 = 8;

    /** Smaller matrices are left in floats, as the published files have them. */
    private static final long SMALLEST_MATRIX = 1 << 18;

    /** The standard deviation of whole numbers from −127 to 127, all alike. */
    private static final double DEVIATION = 73.3;

    private final String architecture;
    private final List<Entry> entries = new ArrayList<>();

    LargeGguf(String architecture) {
        this.architecture = architecture;
    }

    private record Entry(String name, List<Integer> shape) {

        long elements() {
            return shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
        }

        boolean isQuantised() {
            return shape.size() == 2 && elements() >= SMALLEST_MATRIX && shape.get(1) % BLOCK == 0;
        }

        long bytes() {
            return isQuantised() ? elements() / BLOCK * BLOCK_BYTES : 4 * elements();
        }
    }

    /** A tensor. */
    LargeGguf add(String name, Integer... shape) {
        entries.add(new Entry(name, List.of(shape)));
        return this;
    }

    /** A matrix and what is added to its products. */
    LargeGguf linear(String module, int out, int in) {
        return add(module + ".weight", out, in).add(module + ".bias", out);
    }

    /** How many numbers all tensors have. */
    long parameters() {
        return entries.stream().mapToLong(Entry::elements).sum();
    }

    /** Writes the file. */
    void write(Path file) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            byte[] header = header();
            out.write(header);
            out.write(new byte[padding(header.length)]);
            Random random = new Random(1);
            for (Entry entry : entries) {
                if (entry.isQuantised()) {
                    writeBlocks(out, entry, random);
                } else {
                    writeFloats(out, entry, random);
                }
                out.write(new byte[padding(entry.bytes())]);
            }
        }
    }

    private byte[] header() {
        int length =
                entries.stream().mapToInt(entry -> entry.name().length() + 64).sum() + 256;
        ByteBuffer header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        header.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3);
        header.putLong(entries.size()).putLong(1);
        header.put(GgufWriter.text("general.architecture")).putInt(8).put(GgufWriter.text(architecture));
        long offset = 0;
        for (Entry entry : entries) {
            header.put(GgufWriter.text(entry.name())).putInt(entry.shape().size());
            for (int i = entry.shape().size() - 1; i >= 0; i--) {
                header.putLong(entry.shape().get(i));
            }
            header.putInt(entry.isQuantised() ? Q8_0 : FLOATS).putLong(offset);
            offset += entry.bytes() + padding(entry.bytes());
        }
        return Arrays.copyOf(header.array(), header.position());
    }

    private static int padding(long length) {
        return (int) ((ALIGNMENT - length % ALIGNMENT) % ALIGNMENT);
    }

    private static void writeBlocks(OutputStream out, Entry entry, Random random) throws IOException {
        int columns = entry.shape().get(1);
        short scale = half(1 / (DEVIATION * Math.sqrt(columns)));
        byte[] row = new byte[columns / BLOCK * BLOCK_BYTES];
        for (int i = 0; i < entry.shape().get(0); i++) {
            random.nextBytes(row);
            for (int at = 0; at < row.length; at += BLOCK_BYTES) {
                row[at] = (byte) scale;
                row[at + 1] = (byte) (scale >> 8);
            }
            out.write(row);
        }
    }

    /** Vectors are the factors of norms, or what is added: ones, or nothing. */
    private static void writeFloats(OutputStream out, Entry entry, Random random) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) entry.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        boolean isMatrix = entry.shape().size() == 2;
        double size = isMatrix ? 1 / Math.sqrt(entry.shape().get(1)) : 0;
        float fixed = isMatrix || entry.name().endsWith(".bias") ? 0 : 1;
        while (bytes.hasRemaining()) {
            bytes.putFloat(isMatrix ? (float) (size * random.nextGaussian()) : fixed);
        }
        out.write(bytes.array());
    }

    /** A number from 2⁻¹⁴ to 1 as a 16-bit float, its last digits cut off. */
    private static short half(double value) {
        int bits = Float.floatToIntBits((float) value);
        return (short) ((((bits >>> 23) - 127 + 15) << 10) | (bits >>> 13 & 0x3ff));
    }
}
