package dev.triptych.diffusion.runtime;

import dev.triptych.diffusion.checkpoint.UserCache;
import java.nio.file.Path;
import java.util.List;

/**
 * How models are run.
 *
 * @param threads threads of one evaluation, from 1
 * @param device {@code "auto"} (CUDA where it works, else the CPU), {@code "cpu"} or {@code "cuda"}; without a working
 *     CUDA the last runs on the CPU too
 * @param preset what to spend on loading
 * @param cache where ONNX Runtime's native libraries are unpacked, once for all processes
 */
public record RuntimeOptions(int threads, String device, Preset preset, Path cache) {

    private static final List<String> DEVICES = List.of("auto", "cpu", "cuda");

    /** What to spend on loading. */
    public enum Preset {
        /** Loads in a fraction of a second and leaves F32 weights in the page cache: for pictures now and then. */
        QUICK_START,
        /** Rearranges the weights first, which takes seconds and their size in memory again: a few per cent faster. */
        THROUGHPUT
    }

    /** Checks the values. */
    public RuntimeOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1 but was " + threads);
        }
        if (!DEVICES.contains(device)) {
            throw new IllegalArgumentException("device must be one of " + DEVICES + " but was " + device);
        }
    }

    /** All processors, CUDA where it works, a quick start, and the user's cache folder. */
    public static RuntimeOptions standard() {
        return new RuntimeOptions(
                Runtime.getRuntime().availableProcessors(), "auto", Preset.QUICK_START, UserCache.folder());
    }

    /** The same with other threads. */
    public RuntimeOptions withThreads(int value) {
        return new RuntimeOptions(value, device, preset, cache);
    }

    /** The same on another device. */
    public RuntimeOptions withDevice(String value) {
        return new RuntimeOptions(threads, value, preset, cache);
    }

    /** The same with another preset. */
    public RuntimeOptions withPreset(Preset value) {
        return new RuntimeOptions(threads, device, value, cache);
    }

    /** The same with another folder for native libraries. */
    public RuntimeOptions withCache(Path value) {
        return new RuntimeOptions(threads, device, preset, value);
    }
}
