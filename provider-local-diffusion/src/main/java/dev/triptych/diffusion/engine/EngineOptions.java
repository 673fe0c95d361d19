package dev.triptych.diffusion.engine;

import java.nio.file.Path;
import java.util.List;

/**
 * How networks are run.
 *
 * @param threads threads of one evaluation, from 1
 * @param device {@code "auto"} (CUDA where it works, else the CPU), {@code "cpu"} or {@code "cuda"}; without a working
 *     CUDA the last runs on the CPU too, and the engine says so
 * @param throughput whether to rearrange weights first, which takes seconds and their size in memory again, for a few
 *     per cent more speed; else networks load in a fraction of a second and F32 weights stay in the page cache
 * @param cache where ONNX Runtime's native libraries are unpacked, once for all processes
 */
public record EngineOptions(int threads, String device, boolean throughput, Path cache) {

    /** What {@code device} may be. */
    public static final List<String> DEVICES = List.of("auto", "cpu", "cuda");

    /** Checks the values. */
    public EngineOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1 but was " + threads);
        }
        if (!DEVICES.contains(device)) {
            throw new IllegalArgumentException("device must be one of " + DEVICES + " but was " + device);
        }
    }

    /** All processors, CUDA where it works, a quick start. */
    public static EngineOptions standard(Path cache) {
        return new EngineOptions(Runtime.getRuntime().availableProcessors(), "auto", false, cache);
    }
}
