package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A GGUF file, versions 2 and 3: its keys and its directory of tensors, checked. Immutable.
 *
 * <p>The format, from ggml's {@code docs/gguf.md}: {@code GGUF}, version, number of tensors, number of keys, the keys
 * with their values, the directory (name, axes from the fastest to the slowest, type, offset), and the tensors, each at
 * a multiple of {@code general.alignment}. Shapes are given here as torch has them, the slowest axis first.
 *
 * <p>A writer that stores a tensor in rows of another length leaves its true shape under
 * {@code comfy.gguf.orig_shape.NAME}: the tensor has that shape here.
 */
public final class GgufFile implements TensorFile {

    /** Before the true shape of a tensor, in torch's order. */
    static final String TRUE_SHAPE = "comfy.gguf.orig_shape.";

    private static final int MAX_AXES = 5;
    private static final long DEFAULT_ALIGNMENT = 32;

    /** The least that an entry takes: a length and a type; a length, a number of axes, a type and an offset. */
    private static final int LEAST_KEY = 12;

    private static final int LEAST_TENSOR = 24;

    private final Path file;
    private final long headerLength;
    private final Map<String, Weight> tensors;
    private final Map<String, String> metadata;

    private GgufFile(Path file, long headerLength, Map<String, Weight> tensors, Map<String, String> metadata) {
        this.file = file;
        this.headerLength = headerLength;
        this.tensors = tensors;
        this.metadata = metadata;
    }

    /**
     * Reads and checks the directory.
     *
     * @throws ModelLoadException if the file is missing, truncated, damaged, or holds a type that is not read
     */
    public static GgufFile open(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new Reader(file, channel).read();
        } catch (NoSuchFileException e) {
            throw new ModelLoadException(file + " must be a GGUF file but does not exist", e);
        } catch (IOException e) {
            throw new ModelLoadException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public Path file() {
        return file;
    }

    /** All tensors, {@link FileWeight} or {@link QuantisedWeight}. */
    @Override
    public Map<String, Weight> tensors() {
        return tensors;
    }

    /** Its keys but for long lists, such as a tokenizer's words: {@code general.architecture} → {@code flux}. */
    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public String identity() {
        return FileIdentity.of(file, 0, headerLength);
    }

    /** A tensor as the directory lists it; the axes as torch has them. */
    private record Entry(String name, List<Long> dims, GgufType type, long offset, long length) {}

    private static final class Reader {

        private final Path file;
        private final long size;
        private final BinaryInput in;

        private Reader(Path file, FileChannel channel) throws IOException {
            this.file = file;
            this.size = channel.size();
            this.in = new BinaryInput(file, channel, 0, size);
        }

        private GgufFile read() {
            checkVersion();
            long tensorCount = count("tensors", LEAST_TENSOR);
            long keyCount = count("keys", LEAST_KEY);
            Map<String, Object> keys = new GgufKeys(file, in).read(keyCount);
            long alignment = alignment(keys.get("general.alignment"));
            List<Entry> entries = new ArrayList<>();
            for (long i = 0; i < tensorCount; i++) {
                entries.add(entry(alignment));
            }
            long headerLength = in.position();
            long dataStart = (headerLength + alignment - 1) / alignment * alignment;
            checkLayout(entries, dataStart);
            Map<String, Weight> tensors = new LinkedHashMap<>();
            for (Entry entry : entries) {
                if (tensors.put(entry.name(), weight(entry, dataStart, keys)) != null) {
                    throw bad("tensor " + entry.name() + " must be listed once but is listed twice");
                }
            }
            return new GgufFile(file, headerLength, Collections.unmodifiableMap(tensors), texts(keys));
        }

        private void checkVersion() {
            in.skip(4);
            int version = in.integer();
            if ((version & 0xFFFF) == 0) {
                throw bad("must be little-endian but is big-endian");
            }
            if (version != 2 && version != 3) {
                throw bad("the version must be 2 or 3 but was " + Integer.toUnsignedString(version));
            }
        }

        private long count(String what, int least) {
            long count = in.longInteger();
            if (count < 0 || count > in.remaining() / least) {
                throw bad("the number of " + what + " must be at most " + in.remaining() / least
                        + " in a file of this size but was " + Long.toUnsignedString(count));
            }
            return count;
        }

        private long alignment(@Nullable Object value) {
            if (value == null) {
                return DEFAULT_ALIGNMENT;
            }
            if (!(value instanceof Long number) || number < 1 || number > 1 << 30 || Long.bitCount(number) != 1) {
                throw bad("general.alignment must be a power of two but was " + value);
            }
            return number;
        }

        private Entry entry(long alignment) {
            String name = GgufKeys.name(file, in);
            long axes = in.unsignedInteger();
            if (axes > MAX_AXES) {
                throw bad("tensor " + name + " must have at most " + MAX_AXES + " axes but has " + axes);
            }
            List<Long> dims = new ArrayList<>();
            for (long i = 0; i < axes; i++) {
                dims.add(0, in.longInteger());
            }
            GgufType type = GgufType.of(file, name, in.unsignedInteger());
            long offset = in.longInteger();
            if (offset < 0 || offset % alignment != 0) {
                throw bad("tensor " + name + ": the offset must be a multiple of " + alignment + " but was "
                        + Long.toUnsignedString(offset));
            }
            return new Entry(name, List.copyOf(dims), type, offset, length(name, dims, type));
        }

        private long length(String name, List<Long> dims, GgufType type) {
            long row = dims.isEmpty() ? 1 : dims.get(dims.size() - 1);
            if (dims.stream().anyMatch(dim -> dim < 0) || row % type.elements() != 0) {
                throw bad("tensor " + name + " of type " + type.name() + " must have rows of a multiple of "
                        + type.elements() + " elements but has the shape " + dims);
            }
            try {
                return Math.multiplyExact(Weight.elements(dims) / type.elements(), (long) type.bytes());
            } catch (ArithmeticException e) {
                throw bad("tensor " + name + " must fit into the file but has the shape " + dims);
            }
        }

        private void checkLayout(List<Entry> entries, long dataStart) {
            List<Entry> inOrder = new ArrayList<>(entries);
            inOrder.sort(Comparator.comparingLong(Entry::offset).thenComparingLong(Entry::length));
            long end = 0;
            String before = "the directory";
            for (Entry entry : inOrder) {
                if (entry.offset() < end) {
                    throw bad("tensor " + entry.name() + " must begin after byte " + (dataStart + end) + ", where "
                            + before + " ends, but begins at " + (dataStart + entry.offset()) + ": they overlap");
                }
                if (entry.offset() > size || entry.length() > size - entry.offset() - dataStart) {
                    throw incomplete(entry, dataStart);
                }
                end = entry.offset() + entry.length();
                before = "tensor " + entry.name();
            }
        }

        private ModelLoadException incomplete(Entry entry, long dataStart) {
            return bad("tensor " + entry.name() + " must have " + entry.length() + " bytes at byte "
                    + Long.toUnsignedString(dataStart + entry.offset()) + " but the file has " + size
                    + ": the download is incomplete, or the file is truncated");
        }

        private Weight weight(Entry entry, long dataStart, Map<String, Object> keys) {
            List<Long> dims = trueShape(entry, keys.get(TRUE_SHAPE + entry.name()));
            return entry.type().weight(entry.name(), dims, file, dataStart + entry.offset());
        }

        private List<Long> trueShape(Entry entry, @Nullable Object shape) {
            if (shape == null) {
                return entry.dims();
            }
            List<Long> dims = new ArrayList<>();
            if (shape instanceof List<?> list) {
                list.forEach(dim -> dims.add(dim instanceof Long number ? number : -1L));
            }
            if (dims.isEmpty() || dims.size() > MAX_AXES || !isShapeOf(dims, Weight.elements(entry.dims()))) {
                throw bad(TRUE_SHAPE + entry.name() + " must be a shape of " + Weight.elements(entry.dims())
                        + " elements but was " + shape);
            }
            return dims;
        }

        private static boolean isShapeOf(List<Long> dims, long elements) {
            try {
                return dims.stream().allMatch(dim -> dim >= 0) && Weight.elements(dims) == elements;
            } catch (ArithmeticException e) {
                return false;
            }
        }

        private Map<String, String> texts(Map<String, Object> keys) {
            Map<String, String> texts = new LinkedHashMap<>();
            keys.forEach((key, value) -> {
                if (value != GgufKeys.PASSED_OVER) {
                    texts.put(key, value.toString());
                }
            });
            return Collections.unmodifiableMap(texts);
        }

        private ModelLoadException bad(String message) {
            return new ModelLoadException(file + ": " + message);
        }
    }
}
