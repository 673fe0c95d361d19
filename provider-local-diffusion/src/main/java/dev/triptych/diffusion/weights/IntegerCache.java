package dev.triptych.diffusion.weights;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.ModelLoadException;
import dev.triptych.storage.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Weights in 8-bit integers, made once and kept in files, from where they are mapped like a checkpoint's own. A file is
 * named by a hash of the weights' identity and the rule; it is written beside its place and moved there, so that a
 * process may die at any moment. Of all files the {@value #KEPT} last used stay. Thread-safe.
 *
 * <p>What adapters changed has a file of its own beside the checkpoint's, of the changed tensors alone.
 */
public final class IntegerCache {

    private static final System.Logger LOG = System.getLogger(IntegerCache.class.getName());

    /** Changes with what is written for the same weights and rule. */
    private static final String VERSION = "1";

    private static final long WORTH_TELLING = 64L << 20;

    private static final int KEPT = 16;

    /** What a process left that died while it wrote; nobody writes so long. */
    private static final Duration ABANDONED = Duration.ofDays(1);

    private final Path folder;
    private final Clock clock;

    /** Files in {@code folder}, which need not exist. */
    public IntegerCache(Path folder) {
        this(folder, Clock.systemUTC());
    }

    IntegerCache(Path folder, Clock clock) {
        this.folder = folder.toAbsolutePath();
        this.clock = clock;
    }

    /**
     * {@code weights} with {@link IntegerWeight}s in the place of those that {@code rule} names.
     *
     * @throws ModelLoadException if a weight is not finite, or the file cannot be written
     */
    public Weights over(Weights weights, IntegerRule rule) {
        Map<String, Weight> own = own(weights);
        Map<String, Weight> rewritten = new LinkedHashMap<>(own);
        rewritten
                .entrySet()
                .removeIf(tensor ->
                        rule.plan(tensor.getKey(), tensor.getValue().dims()).isEmpty());
        Map<String, Weight> all = new LinkedHashMap<>(own);
        if (!rewritten.isEmpty()) {
            all.putAll(integers(rewritten, weights.identity(), rule));
        }
        Weights onTop = Weights.of(all, weights.source(), "~" + rule.id());
        return weights.under().map(under -> over(under, rule)).orElse(weights).overlaid(onTop);
    }

    /** What {@code weights} have that the ones under them have not. */
    private static Map<String, Weight> own(Weights weights) {
        Map<String, Weight> own = new LinkedHashMap<>();
        for (String name : weights.names()) {
            Weight tensor = weights.tensor(name).orElseThrow();
            boolean isFromUnder = weights.under()
                    .flatMap(under -> under.tensor(name))
                    .filter(under -> under == tensor)
                    .isPresent();
            if (!isFromUnder) {
                own.put(name, tensor);
            }
        }
        return own;
    }

    private Map<String, IntegerWeight> integers(Map<String, Weight> tensors, String identity, IntegerRule rule) {
        Path file = folder.resolve(
                hash(VERSION + "\n" + rule.id() + "\n" + identity + "\n" + shapes(tensors)) + ".safetensors");
        Map<String, List<Slot>> slots = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> slots.put(name, slots(name, tensor, rule)));
        try {
            Optional<SafetensorsFile> kept = kept(file);
            if (kept.isEmpty()) {
                write(file, tensors, slots);
            }
            SafetensorsFile opened = kept.isPresent() ? kept.get() : SafetensorsFile.open(file);
            Map<String, IntegerWeight> integers = new LinkedHashMap<>();
            tensors.forEach((name, tensor) ->
                    integers.put(name, integers(tensor, slots.getOrDefault(name, List.of()), opened)));
            return integers;
        } catch (IOException | UncheckedIOException e) {
            throw new ModelLoadException(
                    "weights in 8-bit integers must be written to " + file + " but cannot be: " + e.getMessage(), e);
        }
    }

    private static IntegerWeight integers(Weight tensor, List<Slot> slots, SafetensorsFile file) {
        List<IntegerWeight.Piece> pieces = slots.stream()
                .map(slot -> new IntegerWeight.Piece(
                        file.tensor(slot.key()).orElseThrow(),
                        file.tensor(slot.key() + Slot.SCALES).orElseThrow()))
                .toList();
        return new IntegerWeight(tensor, slots.get(0).use(), pieces);
    }

    /** The file, if it is there and whole; a damaged one is made again. */
    private Optional<SafetensorsFile> kept(Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            SafetensorsFile kept = SafetensorsFile.open(file);
            Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
            return Optional.of(kept);
        } catch (ModelLoadException e) {
            LOG.log(Level.WARNING, "A file of weights in 8-bit integers is damaged, and made again", e);
            return Optional.empty();
        }
    }

    /**
     * Where a piece lies.
     *
     * @param key its name in the file
     * @param use how it is computed with
     * @param taps the elements of a kernel
     * @param firstRow its first row
     * @param rows how many
     * @param width elements of a row
     */
    private record Slot(String key, IntegerWeight.Use use, int taps, int firstRow, int rows, long width) {
        static final String SCALES = ".scales";

        long bytes() {
            return rows * width;
        }

        List<Long> dims() {
            return use == IntegerWeight.Use.PRODUCT ? List.of(width, (long) rows) : List.of((long) rows, width);
        }
    }

    private static List<Slot> slots(String name, Weight tensor, IntegerRule rule) {
        IntegerRule.Plan plan = rule.plan(name, tensor.dims()).orElseThrow();
        long width = tensor.elements() / tensor.dims().get(0);
        int taps = Math.toIntExact(width / tensor.dims().get(1));
        List<Slot> slots = new ArrayList<>();
        int row = 0;
        for (long rows : plan.pieces()) {
            slots.add(new Slot(name + "#" + slots.size(), plan.use(), taps, row, Math.toIntExact(rows), width));
            row += Math.toIntExact(rows);
        }
        if (row != tensor.dims().get(0)) {
            throw new IllegalArgumentException(
                    "pieces must be all rows but are " + plan.pieces() + " of " + name + " " + tensor.dims());
        }
        return slots;
    }

    private void write(Path file, Map<String, Weight> tensors, Map<String, List<Slot>> slots) throws IOException {
        Files.createDirectories(folder);
        removeAbandoned();
        long bytes = slots.values().stream()
                .flatMap(List::stream)
                .mapToLong(slot -> slot.bytes() + 4L * slot.rows())
                .sum();
        Level level = bytes < WORTH_TELLING ? Level.DEBUG : Level.INFO;
        LOG.log(level, "Writing {0} MB of weights in 8-bit integers to {1}", bytes >> 20, folder);
        DurableFiles.replaceBeside(file, aside -> writeTo(aside, tensors, slots));
        removeUnused();
    }

    private static void writeTo(Path aside, Map<String, Weight> tensors, Map<String, List<Slot>> slots)
            throws IOException {
        ObjectNode header = JsonMapper.builder().build().createObjectNode();
        Map<String, Long> offsets = new LinkedHashMap<>();
        long end = 0;
        for (Slot slot : slots.values().stream().flatMap(List::stream).toList()) {
            end = declare(
                    header,
                    offsets,
                    slot.key() + Slot.SCALES,
                    "F32",
                    List.of((long) slot.rows()),
                    end,
                    4L * slot.rows());
        }
        for (Slot slot : slots.values().stream().flatMap(List::stream).toList()) {
            end = declare(header, offsets, slot.key(), "I8", slot.dims(), end, slot.bytes());
        }
        byte[] json = padded(header.toString().getBytes(StandardCharsets.UTF_8));
        long start = 8L + json.length;
        try (FileChannel channel = FileChannel.open(aside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer length = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .flip();
            writeAll(channel, length, 0);
            writeAll(channel, ByteBuffer.wrap(json), 8);
            slots.entrySet().parallelStream().forEach(entry -> {
                Weight tensor = Objects.requireNonNull(tensors.get(entry.getKey()));
                float[] values = tensor.values();
                for (Slot slot : entry.getValue()) {
                    IntegerCodes codes =
                            IntegerCodes.of(tensor, values, slot.taps(), slot.firstRow(), slot.rows(), slot.use());
                    try {
                        writeAll(channel, codes.codes(), start + Objects.requireNonNull(offsets.get(slot.key())));
                        writeAll(
                                channel,
                                codes.scales(),
                                start + Objects.requireNonNull(offsets.get(slot.key() + Slot.SCALES)));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            });
        }
    }

    private static long declare(
            ObjectNode header,
            Map<String, Long> offsets,
            String key,
            String type,
            List<Long> dims,
            long at,
            long bytes) {
        ObjectNode tensor = header.putObject(key).put("dtype", type);
        dims.forEach(tensor.putArray("shape")::add);
        tensor.putArray("data_offsets").add(at).add(at + bytes);
        offsets.put(key, at);
        return at + bytes;
    }

    /** Tensors begin at multiples of eight bytes. */
    private static byte[] padded(byte[] json) {
        byte[] padded = new byte[(json.length + 7) / 8 * 8];
        Arrays.fill(padded, (byte) ' ');
        System.arraycopy(json, 0, padded, 0, json.length);
        return padded;
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    private void removeUnused() throws IOException {
        List<Path> files = files(".safetensors");
        files.stream().limit(Math.max(0, files.size() - KEPT)).forEach(IntegerCache::remove);
    }

    private void removeAbandoned() throws IOException {
        for (Path part : files(".part")) {
            if (Files.getLastModifiedTime(part)
                    .toInstant()
                    .isBefore(clock.instant().minus(ABANDONED))) {
                remove(part);
            }
        }
    }

    /** The files of a kind, the longest unused first. */
    private List<Path> files(String suffix) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(path -> path.getFileName().toString().endsWith(suffix))
                    .sorted(Comparator.comparingLong(path -> path.toFile().lastModified()))
                    .toList();
        }
    }

    /** A file that somebody uses cannot go on some systems, and goes another time. */
    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "A file of weights in 8-bit integers stays, as it cannot be removed now", e);
        }
    }

    private static String shapes(Map<String, Weight> tensors) {
        StringBuilder shapes = new StringBuilder();
        tensors.forEach(
                (name, tensor) -> shapes.append(name).append(tensor.dims()).append('\n'));
        return shapes.toString();
    }

    private static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
