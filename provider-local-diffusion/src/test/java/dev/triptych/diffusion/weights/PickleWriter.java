package dev.triptych.diffusion.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes what {@code torch.save} writes, for tests: a pickle of protocol 2 in a zip archive, or the older five pickles
 * in a row. Everything can be made wrong.
 */
public final class PickleWriter {

    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    private final Map<String, byte[]> storages = new LinkedHashMap<>();
    private final Map<String, Long> elements = new LinkedHashMap<>();
    private final Map<String, byte[]> more = new LinkedHashMap<>();
    private final boolean isLegacy;

    /** For a zip archive, or the older format. */
    public PickleWriter(boolean isLegacy) {
        this.isLegacy = isLegacy;
        raw(0x80, 2);
    }

    /** For a zip archive. */
    public PickleWriter() {
        this(false);
    }

    /** Operations as they stand. */
    public PickleWriter raw(int... bytes) {
        for (int each : bytes) {
            pickle.write(each);
        }
        return this;
    }

    /** An empty dict, to be filled. */
    public PickleWriter dict() {
        return raw('}', '(');
    }

    /** Ends a dict. */
    public PickleWriter end() {
        return raw('u');
    }

    /** A text. */
    public PickleWriter text(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        pickle.write('X');
        pickle.writeBytes(GgufWriter.numbers(4, utf8.length));
        pickle.writeBytes(utf8);
        return this;
    }

    /** A number of 32 bits. */
    public PickleWriter number(int value) {
        pickle.write('J');
        pickle.writeBytes(GgufWriter.numbers(4, value));
        return this;
    }

    /** A name. */
    public PickleWriter global(String module, String name) {
        pickle.write('c');
        pickle.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** A tuple of numbers. */
    public PickleWriter numbers(long... values) {
        raw('(');
        for (long value : values) {
            number((int) value);
        }
        return raw('t');
    }

    /** A storage of 32-bit floats, or another type, under {@code key}; its numbers go into the file. */
    public PickleWriter storage(String key, String type, long count, byte[] bytes) {
        storages.put(key, bytes);
        elements.put(key, count);
        raw('(').text("storage").global("torch", type).text(key).text("cpu").number((int) count);
        return (isLegacy ? raw('N') : this).raw('t', 'Q');
    }

    /** A tensor over the storage that {@code storage} writes. */
    public PickleWriter tensor(Runnable storage, long offset, long[] dims, long[] strides) {
        global("torch._utils", "_rebuild_tensor_v2").raw('(');
        storage.run();
        number((int) offset).numbers(dims).numbers(strides).raw(0x89);
        return global("collections", "OrderedDict").raw(')', 'R', 't', 'R');
    }

    /** A tensor of 32-bit floats, row by row, under a key of the dict. */
    public PickleWriter floats(String name, float[] values, long... dims) {
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= dims[axis];
        }
        String key = Integer.toString(storages.size());
        return text(name).tensor(() -> storage(key, "FloatStorage", values.length, bytes(values)), 0, dims, strides);
    }

    /** Another entry of the archive. */
    public PickleWriter entry(String name, byte[] bytes) {
        more.put(name, bytes);
        return this;
    }

    static byte[] bytes(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    /** The file's bytes; the pickle ends here. */
    public byte[] toBytes() {
        try {
            return isLegacy ? legacy() : zip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the file. */
    public Path write(Path file) {
        try {
            return Files.write(file, toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] zip() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.setMethod(ZipOutputStream.STORED);
            add(zip, "archive/data.pkl", stopped());
            add(zip, "archive/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
            for (Map.Entry<String, byte[]> storage : storages.entrySet()) {
                add(zip, "archive/data/" + storage.getKey(), storage.getValue());
            }
            for (Map.Entry<String, byte[]> entry : more.entrySet()) {
                add(zip, entry.getKey(), entry.getValue());
            }
        }
        return file.toByteArray();
    }

    private static void add(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 sum = new CRC32();
        sum.update(bytes);
        entry.setCrc(sum.getValue());
        entry.setSize(bytes.length);
        entry.setExtra(new byte[] {'F', 'B', 3, 0, 'Z', 'Z', 'Z'}); // as torch does, to pad what follows
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    private byte[] legacy() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10});
        file.writeBytes(
                new byte[] {0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20, 0x6a, (byte) 0xa8, 0x50, 0x19});
        file.writeBytes(new byte[] {'.', (byte) 0x80, 2, 'M', (byte) 0xe9, 3, '.'});
        PickleWriter system =
                new PickleWriter().dict().text("little_endian").raw(0x88).end();
        file.writeBytes(system.stopped());
        file.writeBytes(stopped());
        PickleWriter keys = new PickleWriter().raw(']', '(');
        storages.keySet().forEach(keys::text);
        file.writeBytes(keys.raw('e').stopped());
        storages.forEach((key, bytes) -> {
            file.writeBytes(GgufWriter.numbers(8, elements.getOrDefault(key, 0L)));
            file.writeBytes(bytes);
        });
        return file.toByteArray();
    }

    private byte[] stopped() {
        byte[] bytes = pickle.toByteArray();
        byte[] stopped = java.util.Arrays.copyOf(bytes, bytes.length + 1);
        stopped[bytes.length] = '.';
        return stopped;
    }
}
