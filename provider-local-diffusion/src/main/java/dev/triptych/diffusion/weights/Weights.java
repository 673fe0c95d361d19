package dev.triptych.diffusion.weights;

import dev.triptych.ModelLoadException;
import dev.triptych.NearestNames;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The weights of one network, by name: views over files, none of which copies. Immutable, thread-safe.
 *
 * <pre>{@code
 * Weights weights = Weights.open(List.of(file), file.toString()).renamed(ClipNames::plain);
 * Weight table = weights.require("embeddings.token_embedding.weight", 49408, 768);
 * }</pre>
 */
public final class Weights {

    private final String source;
    private final String identity;
    private final Map<String, Weight> tensors;
    private final Map<String, String> metadata;
    private final Optional<Weights> under;

    private Weights(String source, String identity, Map<String, Weight> tensors, Map<String, String> metadata) {
        this(source, identity, tensors, metadata, Optional.empty());
    }

    private Weights(
            String source,
            String identity,
            Map<String, Weight> tensors,
            Map<String, String> metadata,
            Optional<Weights> under) {
        this.under = under;
        this.source = source;
        this.identity = identity;
        this.tensors = Collections.unmodifiableMap(tensors);
        this.metadata = Collections.unmodifiableMap(metadata);
    }

    /**
     * The weights of one file, or of all shards of one network; their headers are read and checked. Each file is what
     * its first bytes say: safetensors, GGUF or PyTorch's pickle.
     *
     * @param source what messages call them: the file or the folder
     * @throws ModelLoadException if a file is missing or damaged, or two hold one name
     */
    public static Weights open(List<Path> files, String source) {
        Map<String, Weight> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        StringBuilder identity = new StringBuilder();
        for (Path path : files) {
            TensorFile file = TensorFile.open(path);
            identity.append(file.identity());
            file.metadata().forEach(metadata::putIfAbsent);
            file.tensors().forEach((name, tensor) -> {
                Weight other = tensors.put(name, tensor);
                if (other != null) {
                    throw new ModelLoadException(source + ": tensor " + name + " must be in one file but is in "
                            + other.source() + " and " + tensor.source());
                }
            });
        }
        return new Weights(source, identity.toString(), EightBitScales.applied(tensors, metadata, source), metadata);
    }

    /** The weights in {@code tensors}, by name. */
    public static Weights of(Map<String, Weight> tensors, String source, String identity) {
        return new Weights(source, identity, new LinkedHashMap<>(tensors), Map.of());
    }

    /** The same under the names that a network's graph uses: {@code toGraphName} turns a file's name into it. */
    public Weights renamed(UnaryOperator<String> toGraphName) {
        Map<String, Weight> renamed = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> renamed.put(toGraphName.apply(name), tensor));
        return new Weights(source, identity, renamed, metadata);
    }

    /** These weights with those of {@code onTop} in their place, and what else it has. Messages name this source. */
    public Weights overlaid(Weights onTop) {
        Map<String, Weight> all = new LinkedHashMap<>(tensors);
        all.putAll(onTop.tensors);
        return new Weights(source, identity + "+" + onTop.identity, all, metadata, Optional.of(this));
    }

    /** Those that {@link #overlaid} laid others over; empty where these are nobody's upper ones. */
    Optional<Weights> under() {
        return under;
    }

    /** The same, called {@code otherSource} in messages. */
    public Weights from(String otherSource) {
        return new Weights(otherSource, identity, tensors, metadata);
    }

    /** Where these weights come from, for messages: a file or a folder. */
    public String source() {
        return source;
    }

    /**
     * What changes when a weight changes: the files' headers, sizes and samples of their contents. Part of the keys of
     * sessions and pictures.
     */
    public String identity() {
        return identity;
    }

    /** What the files say about themselves beside their tensors, such as {@code general.architecture}. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Whether there is a tensor {@code name}. */
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** The tensor {@code name} as it is, if there is one. */
    public Optional<Weight> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /** The shape of each tensor, by name, in the order of the files. */
    public Map<String, List<Long>> shapes() {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> shapes.put(name, tensor.dims()));
        return Collections.unmodifiableMap(shapes);
    }

    /** All names. */
    public Set<String> names() {
        return tensors.keySet();
    }

    /**
     * The tensor {@code name} of the shape that the config asks for. Axes of length 1 at the end may be missing or
     * more: a 1×1 convolution [out, in, 1, 1] stands for a matrix [out, in] and the other way round, the same bytes.
     *
     * @throws ModelLoadException if it is missing, of another shape, or not floating point
     */
    public Weight require(String name, long... shape) {
        Weight tensor = tensors.get(name);
        if (tensor == null) {
            throw missing(name, shape);
        }
        if (tensor instanceof FileWeight file && !file.dtype().isFloat()) {
            throw new ModelLoadException(tensor.source() + ": tensor " + tensor.name()
                    + " must be F32, F16, BF16 or F64 but was " + file.dtype());
        }
        if (!withoutOnes(tensor.dims()).equals(withoutOnes(Weight.list(shape)))) {
            throw new ModelLoadException(tensor.source() + ": tensor " + tensor.name() + " must have the shape "
                    + Arrays.toString(shape) + " that config.json asks for but has " + tensor.dims());
        }
        return tensor.reshaped(shape);
    }

    /**
     * The value of the tensor {@code name}, a single number.
     *
     * @throws ModelLoadException if it is missing, of another shape, or not floating point
     */
    public float scalar(String name) {
        return require(name).values()[0];
    }

    /**
     * The value of a tensor of one element, of any type of numbers: a scalar beside weights, such as a LoRA's alpha.
     *
     * @throws ModelLoadException if it has more elements, or fewer
     */
    public static double number(Weight tensor) {
        if (tensor.elements() != 1) {
            throw new ModelLoadException(tensor.source() + ": tensor " + tensor.name()
                    + " must be a single number but has the shape " + tensor.dims());
        }
        return tensor instanceof FileWeight file ? FloatReader.number(file) : tensor.values()[0];
    }

    /**
     * Reads every one of {@code tensors}, about as fast as the disk gives them.
     *
     * @throws ModelLoadException naming the first tensor that holds NaN or an infinity
     */
    public static void checkFinite(Collection<? extends Weight> tensors) {
        FiniteCheck.check(tensors);
    }

    private ModelLoadException missing(String name, long... shape) {
        String message = source + ": the weights must hold tensor " + name + " of shape " + Arrays.toString(shape)
                + " but do not";
        Set<String> sameEnd = new LinkedHashSet<>();
        String end = name.substring(name.lastIndexOf('.') + 1);
        tensors.keySet().stream()
                .filter(candidate -> candidate.endsWith("." + end) || candidate.equals(end))
                .forEach(sameEnd::add);
        if (tensors.isEmpty()) {
            return new ModelLoadException(message + ": they are empty");
        }
        List<String> nearest = NearestNames.to(name, sameEnd.isEmpty() ? tensors.keySet() : sameEnd);
        return new ModelLoadException(
                message + "; the nearest of their " + tensors.size() + " names is " + nearest.get(0));
    }

    /** A shape without the axes of length 1 at its end. */
    private static List<Long> withoutOnes(List<Long> dims) {
        int axes = dims.size();
        while (axes > 0 && dims.get(axes - 1) == 1) {
            axes--;
        }
        return dims.subList(0, axes);
    }
}
