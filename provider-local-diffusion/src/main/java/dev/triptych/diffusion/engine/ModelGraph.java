package dev.triptych.diffusion.engine;

import dev.triptych.diffusion.weights.Dtype;
import dev.triptych.diffusion.weights.FileWeight;
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

    /**
     * @param model a serialized {@code ModelProto}; not copied
     * @param weightsRoot the folder that the locations of weights in files are relative to
     * @param bound each initializer's weight: what lies in a file is mapped, the rest is handed over by value
     */
    public ModelGraph(byte[] model, Path weightsRoot, Map<String, Weight> bound) {
        this(model, weightsRoot, bound, Optional.empty());
    }

    private ModelGraph(byte[] model, Path weightsRoot, Map<String, Weight> bound, Optional<ModelGraph> cpuForm) {
        this.cpuForm = cpuForm;
        this.model = model;
        this.weightsRoot = weightsRoot;
        this.bound = Collections.unmodifiableMap(new LinkedHashMap<>(bound));
    }

    /** This graph, with another form of it that a CPU computes faster. */
    public ModelGraph withCpuForm(ModelGraph form) {
        return new ModelGraph(model, weightsRoot, bound, Optional.of(form));
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

    /** The bytes of {@link #made}. */
    long madeBytes() {
        return made().values().stream().mapToLong(Weight::computedBytes).sum();
    }
}
