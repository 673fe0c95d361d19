package dev.triptych.diffusion;

import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.diffusion.checkpoint.Components;
import dev.triptych.diffusion.checkpoint.SingleFileOptions;
import dev.triptych.diffusion.checkpoint.UserCache;
import dev.triptych.diffusion.engine.EngineOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a local generator is made of: files and devices. Immutable.
 *
 * <pre>{@code
 * LocalSettings settings = LocalSettings.bundled()
 *         .withCheckpoint(Path.of("stable-diffusion-xl-base-1.0"))
 *         .withComponent("vae", Path.of("sdxl-vae-fp16-fix"))
 *         .withRefiner(Path.of("stable-diffusion-xl-refiner-1.0"));
 * }</pre>
 *
 * @param checkpoint a Hugging Face diffusers directory, or a file that holds a whole model; empty = the bundled
 *     checkpoint
 * @param components parts of the checkpoint, by their names in model_index.json, that are replaced by another folder or
 *     file, or left out where there is none
 * @param modelConfig for a checkpoint that is one file: a diffusers directory whose configs, tokenizers and scheduler
 *     are used instead of what the shapes of the tensors tell; empty = none
 * @param ema for a checkpoint that is one file: whether the averaged weights of the U-Net are taken where plain ones
 *     stand beside them; false by default
 * @param refiner a diffusers directory or a file of a model that finishes the pictures; empty = none
 * @param threads threads of one evaluation, from 1; all processors by default
 * @param device {@code "auto"} (CUDA where it works, else the CPU; the default), {@code "cpu"} or {@code "cuda"}
 * @param throughput whether to spend seconds and memory on loading for a few per cent more speed; false by default
 * @param cache where the bundled checkpoint and native libraries are unpacked; the user's cache folder by default
 */
public record LocalSettings(
        Optional<Path> checkpoint,
        Map<String, Optional<Path>> components,
        Optional<Path> modelConfig,
        boolean ema,
        Optional<Path> refiner,
        int threads,
        String device,
        boolean throughput,
        Path cache) {

    /** Copies the map and checks the values. */
    public LocalSettings {
        components = Map.copyOf(components);
        EngineOptions unused = new EngineOptions(threads, device, throughput, cache); // it checks threads and device
    }

    /** The bundled checkpoint with all defaults. */
    public static LocalSettings bundled() {
        return new LocalSettings(
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                false,
                Optional.empty(),
                Runtime.getRuntime().availableProcessors(),
                "auto",
                false,
                UserCache.folder());
    }

    /** The same with another checkpoint, a Hugging Face diffusers directory or a file that holds a whole model. */
    public LocalSettings withCheckpoint(Path path) {
        return new LocalSettings(
                Optional.of(path), components, modelConfig, ema, refiner, threads, device, throughput, cache);
    }

    /** The same with a folder or a file in the place of the part {@code name}. */
    public LocalSettings withComponent(String name, Path path) {
        return withComponent(name, Optional.of(path));
    }

    /** The same without the part {@code name}. */
    public LocalSettings withoutComponent(String name) {
        return withComponent(name, Optional.empty());
    }

    private LocalSettings withComponent(String name, Optional<Path> folder) {
        Map<String, Optional<Path>> more = new TreeMap<>(components);
        more.put(name, folder);
        return new LocalSettings(checkpoint, more, modelConfig, ema, refiner, threads, device, throughput, cache);
    }

    /**
     * The same with the configs, tokenizers and scheduler of a diffusers directory, instead of what the shapes of the
     * tensors tell; for a checkpoint that is one file.
     */
    public LocalSettings withModelConfig(Path folder) {
        return new LocalSettings(
                checkpoint, components, Optional.of(folder), ema, refiner, threads, device, throughput, cache);
    }

    /** The same with the averaged weights of the U-Net, or not; for a checkpoint that is one file and has both. */
    public LocalSettings withEma(boolean value) {
        return new LocalSettings(
                checkpoint, components, modelConfig, value, refiner, threads, device, throughput, cache);
    }

    /** The same with a refiner, a diffusers directory or a file that holds a whole model. */
    public LocalSettings withRefiner(Path folder) {
        return new LocalSettings(
                checkpoint, components, modelConfig, ema, Optional.of(folder), threads, device, throughput, cache);
    }

    /** The same with other threads. */
    public LocalSettings withThreads(int value) {
        return new LocalSettings(checkpoint, components, modelConfig, ema, refiner, value, device, throughput, cache);
    }

    /** The same on another device. */
    public LocalSettings withDevice(String value) {
        return new LocalSettings(checkpoint, components, modelConfig, ema, refiner, threads, value, throughput, cache);
    }

    /** The same with more spent on loading, or not. */
    public LocalSettings withThroughput(boolean value) {
        return new LocalSettings(checkpoint, components, modelConfig, ema, refiner, threads, device, value, cache);
    }

    /** The same with another folder for what is unpacked. */
    public LocalSettings withCache(Path folder) {
        return new LocalSettings(
                checkpoint, components, modelConfig, ema, refiner, threads, device, throughput, folder);
    }

    /** Whether the bundled checkpoint is on the class path. */
    public static boolean hasBundledCheckpoint() {
        return BundledCheckpoint.manifest().isPresent();
    }

    /** Whether it is the bundled checkpoint as it comes. */
    boolean isPlainBundled() {
        return checkpoint.isEmpty() && components.isEmpty() && refiner.isEmpty() && modelConfig.isEmpty() && !ema;
    }

    /** The checkpoint's folder or file; unpacks the bundled one where that is needed. */
    Path folder() {
        return checkpoint.orElseGet(() -> BundledCheckpoint.directory(cache));
    }

    SingleFileOptions files() {
        return new SingleFileOptions(modelConfig, ema);
    }

    Components parts() {
        return Components.of(components);
    }

    EngineOptions engine() {
        return new EngineOptions(threads, device, throughput, cache);
    }
}
