package dev.triptych.diffusion.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.triptych.ModelLoadException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A safetensors file: its header, checked, and its tensors on demand. Immutable.
 *
 * <p>The format is eight bytes (the header's length, little endian), the header (a JSON object from tensor name to
 * {@code dtype}, {@code shape} and {@code data_offsets}), then the tensors back to back. As the reference reader does,
 * this one refuses tensors that overlap, leave a gap, or do not fill the file to its end: each is a sign of damage.
 */
public final class SafetensorsFile implements TensorFile {

    /** The longest header that the reference reader takes. */
    private static final long MAX_HEADER = 100_000_000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path file;
    private final long headerLength;
    private final Map<String, FileWeight> tensors;
    private final Map<String, String> metadata;

    private SafetensorsFile(
            Path file, long headerLength, Map<String, FileWeight> tensors, Map<String, String> metadata) {
        this.file = file;
        this.headerLength = headerLength;
        this.tensors = tensors;
        this.metadata = metadata;
    }

    /**
     * Reads and checks the header.
     *
     * @throws ModelLoadException if the file is missing, truncated or damaged
     */
    public static SafetensorsFile open(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            byte[] header = readHeader(file, channel);
            long dataStart = 8L + header.length;
            JsonNode root = parse(file, header);
            Map<String, FileWeight> tensors = tensors(file, root, dataStart);
            checkLayout(file, tensors, dataStart, channel.size());
            return new SafetensorsFile(file, header.length, tensors, metadata(file, root.path("__metadata__")));
        } catch (NoSuchFileException e) {
            throw new ModelLoadException(file + " must be a safetensors file but does not exist", e);
        } catch (IOException e) {
            throw new ModelLoadException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public Map<String, FileWeight> tensors() {
        return tensors;
    }

    /** The tensor {@code name}, if the file has it. */
    public Optional<FileWeight> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /** The texts under {@code __metadata__}; empty if there are none. */
    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public String identity() {
        return FileIdentity.of(file, 8, headerLength);
    }

    /** Adds the size of a file and samples of its contents to {@code digest}. */
    public static void addSamples(FileChannel channel, MessageDigest digest) throws IOException {
        FileIdentity.addSamples(channel, digest);
    }

    /**
     * The values of the tensor {@code name} as 32-bit floats, row-major; F16 and BF16 widen exactly.
     *
     * @throws ModelLoadException if there is no such tensor, or its elements are not floating point
     */
    public float[] floats(String name) {
        return floats(require(name));
    }

    /** The values of {@code tensor} as 32-bit floats; F16 and BF16 widen exactly. */
    static float[] floats(FileWeight tensor) {
        if (!tensor.dtype().isFloat()) {
            throw new ModelLoadException(tensor.file() + ": tensor " + tensor.name()
                    + " must be F32, F16, BF16 or F64 but was " + tensor.dtype());
        }
        return FloatReader.values(tensor);
    }

    /** The next {@code count} elements of {@code bytes}, a floating-point type. */
    static float[] floats(ByteBuffer bytes, Dtype dtype, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = switch (dtype) {
                case F64 -> (float) bytes.getDouble();
                case F16 -> HalfFloats.toFloat(bytes.getShort());
                case BF16 -> Float.intBitsToFloat(bytes.getShort() << 16);
                default -> bytes.getFloat();
            };
        }
        return values;
    }

    /**
     * The bytes of the tensor {@code name}, little endian.
     *
     * @throws ModelLoadException if there is no such tensor
     */
    public ByteBuffer bytes(String name) {
        return bytes(require(name));
    }

    private FileWeight require(String name) {
        return tensor(name).orElseThrow(() -> new ModelLoadException(file + " must hold tensor " + name));
    }

    private static ByteBuffer bytes(FileWeight tensor) {
        return read(tensor.file(), tensor.name(), tensor.offset(), Math.toIntExact(tensor.length()));
    }

    /** The bytes of a tensor, little endian, ready to be read. */
    static ByteBuffer read(Path file, String tensor, long position, int length) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(channel, position, length);
        } catch (IOException e) {
            throw new ModelLoadException(file + ": tensor " + tensor + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The {@code length} bytes at {@code position}, little endian, ready to be read. */
    static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, position + bytes.position()) < 0) {
                throw new EOFException("the file ended at byte " + (position + bytes.position()));
            }
        }
        return bytes.flip();
    }

    private static byte[] readHeader(Path file, FileChannel channel) throws IOException {
        if (Files.isDirectory(file)) {
            throw new ModelLoadException(file + " must be a safetensors file but is a folder");
        }
        long size = channel.size();
        Optional<String> other = ForeignFile.describe(file, channel);
        if (other.isPresent()) {
            throw new ModelLoadException(file + " must be a safetensors file but is " + other.get());
        }
        if (size < 8) {
            throw new ModelLoadException(file + " must be a safetensors file of at least 8 bytes but has " + size
                    + ": it is truncated" + (size == 0 ? " (or the disk was full)" : ""));
        }
        long length = read(channel, 0, 8).getLong();
        if (length < 2 || length > MAX_HEADER) {
            throw new ModelLoadException(
                    file + ": the header length must be between 2 and " + Math.min(size - 8, MAX_HEADER)
                            + " bytes but was " + Long.toUnsignedString(length)
                            + ": the file is truncated or no safetensors file");
        }
        if (length > size - 8) {
            throw new ModelLoadException(file + " must have a header of " + length + " bytes but ends inside it, after "
                    + (size - 8) + ": the file is truncated");
        }
        return read(channel, 8, (int) length).array();
    }

    private static JsonNode parse(Path file, byte[] header) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(header);
        } catch (JsonProcessingException e) {
            throw new ModelLoadException(
                    file + ": the header must be a JSON object but is not: " + e.getOriginalMessage(), e);
        }
        if (!root.isObject()) {
            throw new ModelLoadException(file + ": the header must be a JSON object but is not");
        }
        return root;
    }

    private static Map<String, FileWeight> tensors(Path file, JsonNode root, long dataStart) {
        Map<String, FileWeight> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getKey().equals("__metadata__")) {
                tensors.put(entry.getKey(), tensor(file, entry.getKey(), entry.getValue(), dataStart));
            }
        }
        return Collections.unmodifiableMap(tensors);
    }

    private static Map<String, String> metadata(Path file, JsonNode entry) {
        if (!entry.isMissingNode() && !entry.isObject()) {
            throw new ModelLoadException(file + ": __metadata__ must be a JSON object but was " + entry.getNodeType());
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        entry.properties()
                .forEach(text -> metadata.put(text.getKey(), text.getValue().asText()));
        return Collections.unmodifiableMap(metadata);
    }

    private static FileWeight tensor(Path file, String name, JsonNode entry, long dataStart) {
        String where = file + ": tensor " + name;
        Dtype dtype = dtype(where, entry.path("dtype").asText());
        List<Long> dims = longs(where + ": shape", entry.path("shape"));
        List<Long> offsets = longs(where + ": data_offsets", entry.path("data_offsets"));
        if (offsets.size() != 2 || offsets.get(1) < offsets.get(0)) {
            throw new ModelLoadException(
                    where + ": data_offsets must be a begin and an end after it but was " + entry.path("data_offsets"));
        }
        FileWeight tensor = new FileWeight(name, dtype, dims, file, dataStart + offsets.get(0));
        long found = offsets.get(1) - offsets.get(0);
        if (lengthOrOverflow(tensor) != found) {
            throw new ModelLoadException(where + " of type " + dtype + " and shape " + dims + " must have "
                    + lengthOrOverflow(tensor) + " bytes but data_offsets give it " + found);
        }
        return tensor;
    }

    private static long lengthOrOverflow(FileWeight tensor) {
        try {
            return tensor.length();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    private static Dtype dtype(String where, String name) {
        try {
            return Dtype.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw new ModelLoadException(
                    where + ": dtype must be one of " + List.of(Dtype.values()) + " but was \"" + name + "\"", e);
        }
    }

    private static List<Long> longs(String where, JsonNode array) {
        List<Long> numbers = new ArrayList<>();
        for (JsonNode number : array) {
            if (!number.isIntegralNumber() || !number.canConvertToLong() || number.asLong() < 0) {
                throw new ModelLoadException(where + " must be whole numbers from 0 but was " + array);
            }
            numbers.add(number.asLong());
        }
        if (!array.isArray()) {
            throw new ModelLoadException(where + " must be a list of numbers but was " + array);
        }
        return numbers;
    }

    private static void checkLayout(Path file, Map<String, FileWeight> tensors, long dataStart, long size) {
        List<FileWeight> inOrder = new ArrayList<>(tensors.values());
        inOrder.sort(Comparator.comparingLong(FileWeight::offset).thenComparingLong(FileWeight::length));
        long wanted = tensors.isEmpty()
                ? dataStart
                : inOrder.stream()
                        .mapToLong(tensor -> tensor.offset() + tensor.length())
                        .max()
                        .getAsLong();
        if (wanted > size) {
            throw new ModelLoadException(file + " must have " + wanted + " bytes by its header but has " + size
                    + ": the download is incomplete (" + 100 * size / wanted + " %), or the file is truncated");
        }
        long end = dataStart;
        String before = "the header";
        for (FileWeight tensor : inOrder) {
            if (tensor.offset() != end) {
                throw new ModelLoadException(file + ": tensor " + tensor.name() + " must begin at byte " + end
                        + ", where " + before + " ends, but begins at " + tensor.offset()
                        + (tensor.offset() < end ? ": they overlap" : ": there is a gap"));
            }
            end += tensor.length();
            before = "tensor " + tensor.name();
        }
        if (end != size) {
            throw new ModelLoadException(file + " must end at byte " + end + ", where " + before + " ends, but has "
                    + (size - end) + " bytes more: a joined or wrongly resumed download");
        }
    }
}
