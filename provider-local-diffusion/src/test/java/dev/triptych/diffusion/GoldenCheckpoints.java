package dev.triptych.diffusion;

import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.SafetensorsFile;
import dev.triptych.diffusion.weights.SafetensorsWriter;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The tiny checkpoints with their reference values: the compact subset of the test resources, and the full set. */
public final class GoldenCheckpoints {

    private static final String TOKENS = "text_model.embeddings.token_embedding.weight";
    private static final Map<String, Path> ASSEMBLED = new ConcurrentHashMap<>();

    private GoldenCheckpoints() {}

    /**
     * A complete diffusers directory of {@code tiny-sd1} or {@code tiny-sd2}, or the directory of {@code tiny-clip},
     * not to be changed.
     */
    public static Path directory(String name) {
        return ASSEMBLED.computeIfAbsent(name, key -> {
            try {
                Path target = Files.createTempDirectory("golden");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteAll(target)));
                return assemble(key, target.resolve(key));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** A copy of such a directory in {@code target}, to be changed. */
    public static Path copy(String name, Path target) {
        try {
            copy(directory(name), target);
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path assemble(String name, Path target) {
        try {
            copy(resource("golden/checkpoints/" + name).orElseThrow(), target);
            boolean hasParts = Files.exists(target.resolve("model_index.json"));
            Path text = hasParts ? target.resolve("text_encoder") : target;
            Path rows = text.resolve("rows.safetensors");
            expand(SafetensorsFile.open(rows), text.resolve("model.safetensors"));
            Files.delete(rows);
            Path tokenizer = hasParts ? target.resolve("tokenizer") : target;
            copy(resource("golden/clip-tokenizer").orElseThrow(), tokenizer);
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The reference values {@code sd1-compact}, {@code sd2-compact} or {@code clip-compact}. */
    public static SafetensorsFile expected(String name) {
        return SafetensorsFile.open(
                resource("golden/expected/" + name + ".safetensors").orElseThrow());
    }

    /** Blocks of a GGUF file, {@code TYPE.bytes}, and their values, {@code TYPE.values}. */
    public static SafetensorsFile blocks() {
        return SafetensorsFile.open(
                resource("golden/gguf/blocks-compact.safetensors").orElseThrow());
    }

    /** The full set, where this machine has it. */
    public static Optional<Path> fullSet() {
        return shared("golden");
    }

    /** A folder of what the modules share on this machine, if it is there. */
    public static Optional<Path> shared(String name) {
        return Optional.ofNullable(System.getProperty("triptych.reference"))
                .map(folder -> Path.of(folder, name).normalize())
                .filter(Files::isDirectory);
    }

    private static Optional<Path> resource(String name) {
        URL url = GoldenCheckpoints.class.getClassLoader().getResource(name);
        try {
            return url == null ? Optional.empty() : Optional.of(Path.of(url.toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Spreads the rows that were kept over a table of the full size. */
    private static void expand(SafetensorsFile rows, Path target) {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (FileWeight tensor : rows.tensors().values()) {
            byte[] bytes = rows.bytes(tensor.name()).array();
            if (tensor.name().equals(TOKENS)) {
                int row = bytes.length / tensor.dims().get(0).intValue();
                int vocabulary = rows.bytes("vocab_size").getInt();
                byte[] table = new byte[vocabulary * row];
                ByteBuffer ids = rows.bytes("token_ids");
                for (int i = 0; ids.hasRemaining(); i++) {
                    System.arraycopy(bytes, i * row, table, ids.getInt() * row, row);
                }
                writer.add(
                        TOKENS, tensor.dtype(), table, vocabulary, tensor.dims().get(1));
            } else if (tensor.dtype().isFloat()) {
                long[] shape = tensor.dims().stream().mapToLong(Long::longValue).toArray();
                writer.add(tensor.name(), tensor.dtype(), bytes, shape);
            }
        }
        writer.write(target);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    private static void deleteAll(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted((a, b) -> Integer.compare(b.getNameCount(), a.getNameCount()))
                    .map(Path::toFile)
                    .forEach(File::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
