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

/** A finished graph: an ONNX model and the weights that its initializers are. Immutable. */
public final class ModelGraph {

    private final byte[] model;
    private final Path weightsRoot;
    private final Map<String, Weight> bound;

    /**
     * @param model a serialized {@code ModelProto}; not copied
     * @param weightsRoot the folder that the locations of weights in files are relative to
     * @param bound each initializer's weight: what lies in a file is mapped, the rest is handed over by value
     */
    public ModelGraph(byte[] model, Path weightsRoot, Map<String, Weight> bound) {
        this.model = model;
        this.weightsRoot = weightsRoot;
        this.bound = Collections.unmodifiableMap(new LinkedHashMap<>(bound));
    }

    /** The ONNX model, not to be changed. */
    public byte[] model() {
        return model;
    }

    /** The folder that the locations of weights in files are relative to. */
    public Path weightsRoot() {
        return weightsRoot;
    }

    /** The weights that are no file's, by the initializer they are. */
    Map<String, Weight> computed() {
        Map<String, Weight> computed = new LinkedHashMap<>(bound);
        computed.values().removeIf(weight -> weight instanceof FileWeight || weight instanceof QuantisedWeight);
        return computed;
    }

    /** The weights it uses. */
    public List<Weight> weights() {
        return List.copyOf(bound.values());
    }

    /** Whether a file holds some of its weights in quantised blocks, which the graph widens. */
    boolean hasBlocks() {
        return bound.values().stream().anyMatch(QuantisedWeight.class::isInstance);
    }

    /** Whether a file holds some of its weights in a type that is widened for computing. */
    boolean hasNarrowWeights() {
        return bound.values().stream()
                .anyMatch(weight -> weight instanceof FileWeight file && file.dtype() != Dtype.F32);
    }

    /** The size of the weights in the type that is computed in, in bytes. */
    public long weightBytes() {
        return bound.values().stream().mapToLong(Weight::computedBytes).sum();
    }

    /** How much of it a session copies instead of mapping a file, in bytes. */
    public long copiedBytes() {
        return bound.values().stream()
                .filter(weight -> !(weight instanceof FileWeight file && file.dtype() == Dtype.F32))
                .filter(weight -> !(weight instanceof QuantisedWeight))
                .mapToLong(Weight::computedBytes)
                .sum();
    }
}
