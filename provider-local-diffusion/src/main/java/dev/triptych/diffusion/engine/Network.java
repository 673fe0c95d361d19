package dev.triptych.diffusion.engine;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;

/**
 * Something the engine can run: a network and its weights. An implementation is a description, cheap to make; weights
 * are opened when a graph is asked for. Thread-safe.
 */
public interface Network {

    /** What messages and logs call it: {@code "U-Net"}, {@code "text encoder 2"}. */
    String label();

    /** Where it comes from, for messages: a folder or a file. */
    String source();

    /** What it computes, over which weights; with a {@link Shape} the key of its session. */
    String identity();

    /**
     * What variants of one network have in common, such as the same U-Net with and without a LoRA: their sessions share
     * one limit, so that switching among many does not fill the memory.
     */
    default String lineage() {
        return identity();
    }

    /** Whether it is evaluated in each step of the denoising loop: what is, stays beside each other in memory. */
    default boolean runsEachStep() {
        return false;
    }

    /** What it asks of its sessions. */
    SessionProfile profile();

    /**
     * Its graph for one shape.
     *
     * @throws dev.triptych.ModelLoadException if a weight is missing or of another shape than the config asks for
     */
    ModelGraph graph(Shape shape);

    /**
     * Its graph for one shape as CUDA computes it fastest: by other kernels, and in 16-bit floats; empty where there is
     * no other than {@link #graph}.
     *
     * @throws dev.triptych.ModelLoadException as above
     */
    default Optional<ModelGraph> cudaGraph(Shape shape) {
        return Optional.empty();
    }

    /** An ONNX model made elsewhere that is run instead of a graph, whatever the shape. */
    default Optional<Path> readyMade() {
        return Optional.empty();
    }

    /** The name under which we feed an input of a ready-made model. */
    default String feedFor(Port input) {
        return input.name();
    }

    /**
     * The output of a ready-made model that stands for ours.
     *
     * @throws dev.triptych.ModelLoadException if none does
     */
    default String outputFor(String ours, Collection<Port> outputs) {
        return ours;
    }

    /**
     * An input or an output of a ready-made model.
     *
     * @param name its name
     * @param axes how many axes it has
     */
    record Port(String name, int axes) {}
}
