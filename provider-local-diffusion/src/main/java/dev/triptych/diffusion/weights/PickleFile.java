package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tensors that {@code torch.save} wrote: {@code .ckpt}, {@code .pt}, {@code .pth}, {@code .bin}. A pickle is a program.
 * Here it can build tensors and plain values and nothing else: see {@link PickleMachine}. Immutable.
 *
 * <p>Two containers exist. Since torch 1.6 it is a zip archive with {@code data.pkl} and each storage as an entry;
 * before, it was five pickles in a row (a magic number, a version, facts about the system, the object, the keys of the
 * storages) and then the storages, each behind the number of its elements.
 *
 * <p>Of the object, a dict, its {@code state_dict} is taken where it has one. Dicts in it are joined with {@code .}:
 * the tensor {@code proj.weight} of {@code image_proj} becomes {@code image_proj.proj.weight}.
 */
public final class PickleFile implements TensorFile {

    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long PROTOCOL = 1001;
    private static final long MAX_PICKLE = 64L << 20;
    private static final String PICKLE = "data.pkl";

    private final Path file;
    private final long start;
    private final long length;
    private final Map<String, Weight> tensors;
    private final Map<String, String> metadata;

    private PickleFile(Path file, long start, long length, PickledDict dict) {
        this.file = file;
        this.start = start;
        this.length = length;
        this.tensors = Collections.unmodifiableMap(dict.tensors());
        this.metadata = Collections.unmodifiableMap(dict.texts());
    }

    /**
     * Runs the pickle, and checks what it says about tensors against the file.
     *
     * @throws ModelLoadException if the file is missing, truncated, damaged, or does anything but describe tensors
     */
    public static PickleFile open(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            int first = new BinaryInput(file, channel, 0, channel.size()).unsignedByte();
            return first == 'P' ? openArchive(file, channel) : openLegacy(file, channel);
        } catch (NoSuchFileException e) {
            throw new ModelLoadException(file + " must be a file that torch.save wrote but does not exist", e);
        } catch (IOException e) {
            throw new ModelLoadException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Whether a zip archive is one that torch wrote. */
    static boolean isTorchArchive(Path file, FileChannel channel) throws IOException {
        return ZipDirectory.read(file, channel).entries().keySet().stream().anyMatch(PickleFile::isPickle);
    }

    @Override
    public Path file() {
        return file;
    }

    /** All tensors: {@link FileWeight} where the elements lie row by row, else {@link MemoryWeight}. */
    @Override
    public Map<String, Weight> tensors() {
        return tensors;
    }

    /** The numbers and texts beside the tensors, such as {@code global_step}. */
    @Override
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public String identity() {
        return FileIdentity.of(file, start, length);
    }

    private static PickleFile openArchive(Path file, FileChannel channel) throws IOException {
        ZipDirectory zip = ZipDirectory.read(file, channel);
        List<String> pickles =
                zip.entries().keySet().stream().filter(PickleFile::isPickle).toList();
        if (pickles.size() != 1) {
            throw bad(file, "must hold one data.pkl but holds " + pickles.size());
        }
        String folder = pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
        checkArchive(file, channel, zip, folder);
        ZipDirectory.Entry pickle = entry(file, zip, folder + PICKLE);
        long start = zip.start(pickle);
        checkLength(file, pickle.length());
        Object root = new PickleMachine(file, new BinaryInput(file, channel, start, start + pickle.length())).run();
        PickledDict dict = new PickledDict(file, channel.size(), storage -> {
            ZipDirectory.Entry entry = entry(file, zip, folder + "data/" + storage.key());
            if (entry.length() != storage.bytes()) {
                throw bad(
                        file,
                        "must have " + storage.bytes() + " bytes in " + entry.name() + " but has " + entry.length());
            }
            return zip.start(entry);
        });
        dict.read(root);
        return new PickleFile(file, start, pickle.length(), dict);
    }

    private static boolean isPickle(String entry) {
        return entry.equals(PICKLE) || entry.endsWith("/" + PICKLE);
    }

    private static void checkArchive(Path file, FileChannel channel, ZipDirectory zip, String folder)
            throws IOException {
        boolean isScript = zip.entries().containsKey(folder + "constants.pkl")
                || zip.entries().keySet().stream().anyMatch(name -> name.startsWith(folder + "code/"));
        if (isScript) {
            throw bad(file, "must hold tensors alone but is a TorchScript program: it is not read");
        }
        ZipDirectory.Entry order = zip.entries().get(folder + "byteorder");
        if (order != null && order.length() <= 16) {
            byte[] text = SafetensorsFile.read(channel, zip.start(order), (int) order.length())
                    .array();
            if (!new String(text, StandardCharsets.US_ASCII).strip().equals("little")) {
                throw bad(file, "must be little-endian but is big-endian");
            }
        }
    }

    private static ZipDirectory.Entry entry(Path file, ZipDirectory zip, String name) {
        ZipDirectory.Entry entry = zip.entries().get(name);
        if (entry == null) {
            throw bad(file, "must have the entry " + name + " but has not");
        }
        return entry;
    }

    private static PickleFile openLegacy(Path file, FileChannel channel) throws IOException {
        BinaryInput in = new BinaryInput(file, channel, 0, channel.size());
        PickleMachine machine = new PickleMachine(file, in);
        if (!MAGIC.equals(machine.run())) {
            throw bad(file, "must begin with torch's magic number but is a pickle of something else: it is not read");
        }
        if (!machine.run().equals(PROTOCOL)) {
            throw bad(file, "must be of torch's protocol " + PROTOCOL + " but is of another one");
        }
        if (!(machine.run() instanceof Map<?, ?> system) || !Boolean.TRUE.equals(system.get("little_endian"))) {
            throw bad(file, "must be little-endian but is big-endian");
        }
        Object root = machine.run();
        Object keys = machine.run();
        long length = in.position();
        checkLength(file, length);
        Map<String, Long> starts = new HashMap<>();
        for (Object key : keys instanceof List<?> list ? list : List.of()) {
            PickleStorage storage = machine.storages().get(key instanceof String text ? text : "");
            if (storage == null) {
                throw bad(file, "must list storages of its tensors but lists another one");
            }
            long elements = in.longInteger();
            if (elements != storage.elements()) {
                throw bad(
                        file,
                        "must have " + storage.elements() + " elements in the storage " + storage.key() + " but has "
                                + elements);
            }
            starts.put(storage.key(), in.position());
            in.skip(storage.bytes());
        }
        PickledDict dict = new PickledDict(file, channel.size(), storage -> {
            Long start = starts.get(storage.key());
            if (start == null) {
                throw bad(file, "must list the storage " + storage.key() + " but does not");
            }
            return start;
        });
        dict.read(root);
        return new PickleFile(file, 0, length, dict);
    }

    private static ModelLoadException bad(Path file, String message) {
        return new ModelLoadException(file + ": a file of torch.save's " + message);
    }

    private static void checkLength(Path file, long length) {
        if (length > MAX_PICKLE) {
            throw bad(file, "must have a pickle of at most " + MAX_PICKLE + " bytes but has one of " + length);
        }
    }
}
