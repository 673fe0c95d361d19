package dev.triptych.diffusion.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How networks are run.
 *
 * @param threads threads of one evaluation, from 1
 * @param device {@code "auto"} (CUDA where it works, else the CPU), {@code "cpu"} or {@code "cuda"}; without a working
 *     CUDA the last runs on the CPU too, and the engine says so
 * @param throughput whether to rearrange weights first, which takes seconds and their size in memory again, for a few
 *     per cent more speed; else networks load in a fraction of a second and F32 weights stay in the page cache
 * @param memory {@code "high"} (every network that was used is kept, as fast as it can be), {@code "low"} (networks
 *     that a picture needs no longer are released, and weights stay as narrow as their files have them) or
 *     {@code "auto"} (what the memory that is free allows; the default)
 * @param unloadAfter after how long networks that nobody used are released; empty = never
 * @param cache where ONNX Runtime's native libraries are unpacked, once for all processes
 */
public record EngineOptions(
        int threads, String device, boolean throughput, String memory, Optional<Duration> unloadAfter, Path cache) {

    /** What {@code device} may be. */
    public static final List<String> DEVICES = List.of("auto", "cpu", "cuda");

    /** What {@code memory} may be. */
    public static final List<String> MEMORY = List.of("auto", "low", "high");

    /** Checks the values. */
    public EngineOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1 but was " + threads);
        }
        if (!DEVICES.contains(device)) {
            throw new IllegalArgumentException("device must be one of " + DEVICES + " but was " + device);
        }
        if (!MEMORY.contains(memory)) {
            throw new IllegalArgumentException("memory must be one of " + MEMORY + " but was " + memory);
        }
        unloadAfter.filter(time -> time.isNegative() || time.isZero()).ifPresent(time -> {
            throw new IllegalArgumentException("unloadAfter must be longer than 0 but was " + time);
        });
    }

    /** The same with memory as it is free, and networks that stay until the engine is closed. */
    public EngineOptions(int threads, String device, boolean throughput, Path cache) {
        this(threads, device, throughput, "auto", Optional.empty(), cache);
    }

    /** All processors, CUDA where it works, a quick start. */
    public static EngineOptions standard(Path cache) {
        return new EngineOptions(Runtime.getRuntime().availableProcessors(), "auto", false, cache);
    }
}
