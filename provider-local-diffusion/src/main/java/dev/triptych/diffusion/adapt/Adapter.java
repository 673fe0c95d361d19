package dev.triptych.diffusion.adapt;

import dev.triptych.diffusion.weights.Weight;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A LoRA, or one of its kin, that was fitted to a model: which tensors of which network it changes, and how. Immutable.
 *
 * @param name what requests call it
 * @param file where it lies
 * @param hash what changes when one of its tensors changes
 * @param changes by network ({@code "unet"}), by the tensor's name there
 * @param embeddings textual inversions that came along, by token and then by the text encoder that they are for
 * @param warnings what of it has no effect on this model
 */
public record Adapter(
        String name,
        Path file,
        String hash,
        Map<String, Map<String, Change>> changes,
        Map<String, Map<String, Weight>> embeddings,
        List<String> warnings) {

    /** Copies maps and lists. */
    public Adapter {
        changes = Collections.unmodifiableMap(new LinkedHashMap<>(changes));
        embeddings = Collections.unmodifiableMap(new LinkedHashMap<>(embeddings));
        warnings = List.copyOf(warnings);
    }

    /**
     * Fits the file at {@code path} to a model.
     *
     * @param name what requests call it
     * @throws dev.triptych.ModelLoadException if it cannot be read, is of another family, or does not fit
     */
    public static Adapter open(String name, Path path, Modules modules) {
        return new AdapterFitting(name, AdapterFile.open(path), modules).fit();
    }

    /**
     * What changes when a number in the file at {@code path} changes: 16 hexadecimal digits. Reads headers and samples.
     *
     * @throws dev.triptych.ModelLoadException if it cannot be read
     */
    public static String hash(Path path) {
        return AdapterFile.hashOf(path);
    }

    /** The same digits of what weights say of their contents, {@code Weights.identity()}. */
    public static String hashOf(String identity) {
        return AdapterFile.hash(identity);
    }
}
