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

    private Weights(String source, String identity, Map<String, Weight> tensors) {
        this(source, identity, tensors, Map.of());
    }

    private Weights(String source, String identity, Map<String, Weight> tensors, Map<String, String> metadata) {
        this.source = source;
        this.identity = identity;
        this.tensors = tensors;
        this.metadata = metadata;
    }

    /**
     * The weights of one file, or of all shards of one network; their headers are read and checked.
     *
     * @param source what messages call them: the file or the folder
     * @throws ModelLoadException if a file is missing or damaged, or two hold one name
     */
    public static Weights open(List<Path> files, String source) {
        Map<String, Weight> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        StringBuilder identity = new StringBuilder();
        for (Path path : files) {
            SafetensorsFile file = SafetensorsFile.open(path);
            identity.append(file.identity());
            metadata.putAll(file.metadata());
            file.tensors().forEach((name, tensor) -> {
                Weight other = tensors.put(name, tensor);
                if (other != null) {
                    throw new ModelLoadException(source + ": tensor " + name + " must be in one file but is in "
                            + other.source() + " and " + tensor.source());
                }
            });
        }
        return new Weights(
                source,
                identity.toString(),
                Collections.unmodifiableMap(tensors),
                Collections.unmodifiableMap(metadata));
    }

    /** The weights in {@code tensors}, by name. */
    public static Weights of(Map<String, Weight> tensors, String source, String identity) {
        return new Weights(source, identity, Collections.unmodifiableMap(new LinkedHashMap<>(tensors)));
    }

    /** The same under the names that a network's graph uses: {@code toGraphName} turns a file's name into it. */
    public Weights renamed(UnaryOperator<String> toGraphName) {
        Map<String, Weight> renamed = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> renamed.put(toGraphName.apply(name), tensor));
        return new Weights(source, identity, Collections.unmodifiableMap(renamed));
    }

    /** These weights with those of {@code onTop} in their place, and what else it has. Messages name this source. */
    public Weights overlaid(Weights onTop) {
        Map<String, Weight> all = new LinkedHashMap<>(tensors);
        all.putAll(onTop.tensors);
        return new Weights(source, identity + "+" + onTop.identity, Collections.unmodifiableMap(all));
    }

    /** The same, called {@code otherSource} in messages. */
    public Weights from(String otherSource) {
        return new Weights(otherSource, identity, tensors);
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

    /** What the files say about themselves, texts by name; empty where they say nothing. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Whether there is a tensor {@code name}. */
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** All names. */
    public Set<String> names() {
        return tensors.keySet();
    }

    /**
     * The tensor {@code name} of the shape that the config asks for. A 1×1 convolution [out, in, 1, 1] stands for a
     * matrix [out, in] and the other way round: the same bytes.
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
        if (!tensor.dims().equals(Weight.list(shape)) && !isSameMatrix(tensor.dims(), Weight.list(shape))) {
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

    /** The tensor {@code name} as it is, if there is one: its shape is for the caller to judge. */
    public Optional<Weight> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /**
     * The value of a tensor of one element, of any type of numbers.
     *
     * @throws ModelLoadException if it has more elements, or fewer
     */
    public static double number(Weight tensor) {
        if (tensor instanceof FileWeight file) {
            return SafetensorsFile.number(file);
        }
        if (tensor.elements() != 1) {
            throw new ModelLoadException(tensor.source() + ": tensor " + tensor.name()
                    + " must be a single number but has the shape " + tensor.dims());
        }
        return tensor.values()[0];
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

    /** Whether one shape is a matrix and the other one the same as a 1×1 convolution. */
    private static boolean isSameMatrix(List<Long> found, List<Long> wanted) {
        return isConvolutionOf(found, wanted) || isConvolutionOf(wanted, found);
    }

    private static boolean isConvolutionOf(List<Long> convolution, List<Long> matrix) {
        return matrix.size() == 2 && convolution.equals(List.of(matrix.get(0), matrix.get(1), 1L, 1L));
    }
}
