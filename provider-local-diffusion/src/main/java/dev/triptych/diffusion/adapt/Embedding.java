package dev.triptych.diffusion.adapt;

import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.Weight;
import dev.triptych.diffusion.weights.Weights;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A textual inversion (Gal et al. 2022, "An Image is Worth One Word"): embeddings that stand where a word of the prompt
 * is, for each text encoder that has some. Immutable.
 *
 * @param words how prompts spell it
 * @param source the file, for messages
 * @param hash what changes when a number changes
 * @param tensors by the encoder that they are for, {@code clip_l}, {@code clip_g} or {@code t5}; {@code ""} = whichever
 *     has their width. Each [width] or [vectors, width]
 */
public record Embedding(List<String> words, String source, String hash, Map<String, Weight> tensors) {

    /** More never fit into a prompt. */
    private static final int MOST_VECTORS = 75;

    private static final String STRINGS = "string_to_param";
    private static final String PLACEHOLDER = "*";

    /** Which text encoder of a checkpoint each name means. */
    private static final Map<String, String> ENCODERS = Map.of(
            "clip_l", "text_encoder", "clip_g", "text_encoder_2", "t5", "text_encoder_3", "t5xxl", "text_encoder_3");

    /** Copies both. */
    public Embedding {
        words = List.copyOf(words);
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /**
     * Opens a file: diffusers' (one tensor, named by its word), A1111's ({@code emb_params}, {@code string_to_param}),
     * or SDXL's ({@code clip_l}, {@code clip_g}).
     *
     * @param word how prompts shall spell it; empty = as the file says, and by the file's name
     * @throws ModelLoadException if it cannot be read, or is no textual inversion
     */
    public static Embedding open(Path path, Optional<String> word) {
        Path file = path.toAbsolutePath().normalize();
        Weights weights = Weights.open(List.of(file), file.toString());
        Map<String, Weight> tensors = new LinkedHashMap<>();
        String own = "";
        for (String name : weights.names()) {
            Weight tensor = weights.tensor(name).orElseThrow();
            if (ENCODERS.containsKey(name)) {
                tensors.put(name, tensor);
            } else if (name.equals("emb_params") || name.startsWith(STRINGS + ".")) {
                tensors.put("", tensor);
            } else if (weights.names().size() == 1) {
                tensors.put("", tensor);
                own = name;
            }
        }
        if (tensors.isEmpty()) {
            throw new ModelLoadException(
                    file + " must be a textual inversion (one tensor, emb_params, string_to_param, or"
                            + " clip_l and clip_g) but holds " + weights.names().size() + " tensors, such as "
                            + weights.names().stream().findFirst().orElse("none"));
        }
        tensors.values().forEach(tensor -> requireVectors(file.toString(), tensor));
        Weights.checkFinite(tensors.values());
        return new Embedding(
                words(word, own, stem(path)), file.toString(), AdapterFile.hash(weights.identity()), tensors);
    }

    /** Textual inversions that came in the file of a LoRA. */
    public static List<Embedding> bundled(Adapter adapter) {
        return adapter.embeddings().entrySet().stream()
                .map(entry -> {
                    entry.getValue()
                            .values()
                            .forEach(tensor -> requireVectors(adapter.file().toString(), tensor));
                    return new Embedding(
                            List.of(entry.getKey()), adapter.file().toString(), adapter.hash(), entry.getValue());
                })
                .toList();
    }

    private static List<String> words(Optional<String> word, String own, String stem) {
        if (word.isPresent()) {
            return List.of(word.get());
        }
        return own.isEmpty() || own.equals(PLACEHOLDER) || own.equals(stem) ? List.of(stem) : List.of(own, stem);
    }

    /** A file's name without its ending: how it is called where nothing else is said. */
    public static String stem(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static void requireVectors(String file, Weight tensor) {
        boolean isFloat =
                !(tensor instanceof FileWeight inFile) || inFile.dtype().isFloat();
        int axes = tensor.dims().size();
        if (!isFloat || axes < 1 || axes > 2 || tensor.elements() == 0 || vectors(tensor) > MOST_VECTORS) {
            throw new ModelLoadException(file + ": tensor " + tensor.name() + " must hold 1 to " + MOST_VECTORS
                    + " vectors of floats but has the shape " + tensor.dims());
        }
    }

    private static long vectors(Weight tensor) {
        return tensor.dims().size() == 1 ? 1 : tensor.dims().get(0);
    }

    private static long width(Weight tensor) {
        return tensor.dims().get(tensor.dims().size() - 1);
    }

    /**
     * The vectors for a text encoder, [vectors, width]; empty where it has none for it.
     *
     * @param part the encoder as the checkpoint calls it
     * @param width the length of its embeddings
     */
    public Optional<Weight> rows(String part, int width) {
        for (Map.Entry<String, Weight> entry : tensors.entrySet()) {
            boolean meant = entry.getKey().isEmpty() || part.equals(ENCODERS.get(entry.getKey()));
            if (meant && width(entry.getValue()) == width) {
                return Optional.of(entry.getValue().reshaped(vectors(entry.getValue()), width));
            }
        }
        return Optional.empty();
    }

    /** What it is, for messages: {@code <mystyle>, 3 vectors of 768}. */
    public String describe() {
        Weight first = tensors.values().iterator().next();
        return words.get(0) + " (" + source + "), " + vectors(first) + " vectors of " + width(first);
    }
}
