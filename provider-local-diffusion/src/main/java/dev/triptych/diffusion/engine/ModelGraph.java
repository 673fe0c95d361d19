package dev.triptych.diffusion.engine;

import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.FileWeight;
import dev.triptych.diffusion.weights.KernelWeight;
import dev.triptych.diffusion.weights.QuantisedWeight;
import dev.triptych.diffusion.weights.Weight;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A finished graph: an ONNX model and the weights that its initializers are. Immutable. */
public final class ModelGraph {

    private final byte[] model;
    private final Path weightsRoot;
    private final Map<String, Weight> bound;
    private final Optional<ModelGraph> cpuForm;
    private final long largest;

    /**
     * @param model a serialized {@code ModelProto}; not copied
     * @param weightsRoot the folder that the locations of weights in files are relative to
     * @param bound each initializer's weight: what lies in a file is mapped, the rest is handed over by value
     */
    public ModelGraph(byte[] model, Path weightsRoot, Map<String, Weight> bound) {
        this(model, weightsRoot, bound, Optional.empty(), 0);
    }

    private ModelGraph(
            byte[] model, Path weightsRoot, Map<String, Weight> bound, Optional<ModelGraph> cpuForm, long largest) {
        this.cpuForm = cpuForm;
        this.largest = largest;
        this.model = model;
        this.weightsRoot = weightsRoot;
        this.bound = Collections.unmodifiableMap(new LinkedHashMap<>(bound));
    }

    /** This graph, with another form of it that a CPU computes faster. */
    public ModelGraph withCpuForm(ModelGraph form) {
        return new ModelGraph(model, weightsRoot, bound, Optional.of(form), largest);
    }

    /**
     * This graph, with what is known of the memory that it computes in.
     *
     * @param elements of the largest value that it computes
     */
    public ModelGraph withLargest(long elements) {
        return new ModelGraph(model, weightsRoot, bound, cpuForm, elements);
    }

    /** The bytes of the largest value that it computes, as far as that was noted; 0 = not at all. */
    long largestBytes() {
        return 4 * largest;
    }

    /** The form that a CPU computes faster; this one if there is no other. */
    public ModelGraph cpuForm() {
        return cpuForm.orElse(this);
    }

    /** The ONNX model, not to be changed. */
    public byte[] model() {
        return model;
    }

    /** The folder that the locations of weights in files are relative to. */
    public Path weightsRoot() {
        return weightsRoot;
    }

    /** The weights that are made before the model is loaded, by the initializer they are. */
    Map<String, Weight> made() {
        Map<String, Weight> made = new LinkedHashMap<>(bound);
        made.values().removeIf(weight -> weight instanceof FileWeight || weight instanceof QuantisedWeight);
        return made;
    }

    /**
     * Those of {@link #made} that a session which rearranges its weights takes as copies of its own. Kernels that
     * became matrices are not among them: each is the first factor of a product, which is read as it lies.
     */
    Map<String, Weight> copied() {
        Map<String, Weight> copied = made();
        copied.values()
                .removeIf(weight ->
                        weight instanceof KernelWeight kernels && kernels.form().outermost());
        return copied;
    }

    /** The weights it uses. */
    public List<Weight> weights() {
        return List.copyOf(bound.values());
    }

    /** Whether a file holds some of its weights in quantised blocks, which the graph widens. */
    boolean hasBlocks() {
        return bound.values().stream().anyMatch(QuantisedWeight.class::isInstance);
    }

    /** The bytes of weights in 8-bit integers, which products take. */
    long integerBytes() {
        return bound.values().stream()
                .filter(weight -> weight instanceof FileWeight file && file.dtype() == Dtype.I8)
                .mapToLong(Weight::computedBytes)
                .sum();
    }

    /** The size of the weights in the type that is computed in, in bytes. */
    public long weightBytes() {
        return bound.values().stream().mapToLong(Weight::computedBytes).sum();
    }

    /**
     * What its weights take in memory, in bytes: those in files as they lie there, and those that are made before it is
     * loaded.
     *
     * @param widensBlocks whether those in quantised blocks are widened when it is loaded
     */
    long residentBytes(boolean widensBlocks) {
        return bound.values().stream()
                .mapToLong(weight -> liesInFile(weight, widensBlocks) ? weight.storedBytes() : weight.computedBytes())
                .sum();
    }

    private static boolean liesInFile(Weight weight, boolean widensBlocks) {
        return weight instanceof FileWeight || (weight instanceof QuantisedWeight && !widensBlocks);
    }

    /** The bytes of the largest weight that is widened when it is used, tables left out that are looked up. */
    long widestBytes() {
        return bound.values().stream()
                .filter(weight -> weight instanceof QuantisedWeight
                        || (weight instanceof FileWeight file && file.dtype() != Dtype.F32))
                .filter(weight -> !isTable(weight))
                .mapToLong(Weight::computedBytes)
                .max()
                .orElse(0);
    }

    /** A vocabulary has more rows than any layer has outputs. */
    private static boolean isTable(Weight weight) {
        return !weight.dims().isEmpty() && weight.dims().get(0) > 30_000;
    }

    /** The bytes of {@link #made}. */
    long madeBytes() {
        return made().values().stream().mapToLong(Weight::computedBytes).sum();
    }
}
