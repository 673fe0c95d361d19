package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * A file of named tensors: its directory, read and checked, and the tensors where they lie. What kind of file it is,
 * its first bytes say, never its name. Immutable.
 *
 * <pre>{@code
 * TensorFile file = TensorFile.open(Path.of("unet-Q8_0.gguf"));
 * Weight weight = file.tensors().get("input_blocks.0.0.weight");
 * String architecture = file.metadata().getOrDefault("general.architecture", "");
 * }</pre>
 */
public sealed interface TensorFile permits SafetensorsFile, GgufFile, PickleFile {

    /**
     * Opens a safetensors file, a GGUF file, or tensors that PyTorch pickled.
     *
     * @throws ModelLoadException if the file is missing, of another kind, truncated or damaged
     */
    static TensorFile open(Path file) {
        return switch (Container.of(file)) {
            case GGUF -> GgufFile.open(file);
            case PICKLE -> PickleFile.open(file);
            case SAFETENSORS -> SafetensorsFile.open(file);
        };
    }

    /** The file. */
    Path file();

    /** All tensors by name, in the order of the file. */
    Map<String, ? extends Weight> tensors();

    /**
     * What the file says about itself beside its tensors, as text: a safetensors file's {@code __metadata__}, a GGUF
     * file's keys, the numbers and texts beside a pickled {@code state_dict}.
     */
    Map<String, String> metadata();

    /**
     * A hash of the directory of tensors, the file's size, and sixteen blocks of 4 KiB spread over it, so that it costs
     * milliseconds; an edit that keeps the size and misses every block goes unseen. 64 hexadecimal digits.
     */
    String identity();

    /** The kinds of files, by their first bytes. */
    enum Container {
        /** The kind that everything is taken for that is none of the others. */
        SAFETENSORS,
        /** Begins with {@code GGUF}. */
        GGUF,
        /** A zip archive with a {@code data.pkl}, or the bytes that pickles begin with. */
        PICKLE;

        private static Container of(Path file) {
            if (!Files.isRegularFile(file)) {
                return SAFETENSORS; // which says what is wrong
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                int length = (int) Math.min(4, channel.size());
                String head = StandardCharsets.ISO_8859_1
                        .decode(SafetensorsFile.read(channel, 0, length))
                        .toString();
                if (head.equals("GGUF") || head.equals("FUGG")) {
                    return GGUF;
                }
                boolean isPickle = head.matches("(?s)\u0080[\u0002-\u0005].*") // what torch begins with
                        || (head.equals("PK\u0003\u0004") && PickleFile.isTorchArchive(file, channel));
                return isPickle ? PICKLE : SAFETENSORS;
            } catch (IOException e) {
                throw new ModelLoadException(file + " cannot be read: " + e.getMessage(), e);
            }
        }
    }
}
