package dev.triptych.diffusion.graph;

import dev.triptych.diffusion.checkpoint.StoredTensor;
import java.nio.file.Path;
import java.util.List;

/** A finished graph: an ONNX model whose weights lie in the checkpoint's files. Immutable. */
public final class ModelGraph {

    private final byte[] model;
    private final Path weightsRoot;
    private final List<StoredTensor> weights;

    ModelGraph(byte[] model, Path weightsRoot, List<StoredTensor> weights) {
        this.model = model;
        this.weightsRoot = weightsRoot;
        this.weights = List.copyOf(weights);
    }

    /** The ONNX model, a serialized {@code ModelProto}. */
    public byte[] model() {
        return model.clone();
    }

    /** The folder that the locations of the weights are relative to. */
    public Path weightsRoot() {
        return weightsRoot;
    }

    /** The weights it uses. */
    public List<StoredTensor> weights() {
        return weights;
    }

    /** The size of the weights it uses in bytes. */
    public long weightBytes() {
        return weights.stream().mapToLong(StoredTensor::length).sum();
    }
}
