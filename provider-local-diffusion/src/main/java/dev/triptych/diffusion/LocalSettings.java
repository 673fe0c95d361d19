package dev.triptych.diffusion;

import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.diffusion.checkpoint.UserCache;
import dev.triptych.diffusion.engine.EngineOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

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
 * @param checkpoint a Hugging Face diffusers directory, here or on the hub; empty = the bundled checkpoint
 * @param components parts of the checkpoint, by their names in model_index.json, that are replaced by another, or left
 *     out where there is none
 * @param refiner a diffusers directory of a model that finishes the pictures, here or on the hub; empty = none
 * @param threads threads of one evaluation, from 1; all processors by default
 * @param device {@code "auto"} (CUDA where it works, else the CPU; the default), {@code "cpu"} or {@code "cuda"}
 * @param throughput whether to spend seconds and memory on loading for a few per cent more speed; false by default
 * @param cache where the bundled checkpoint and native libraries are unpacked; the user's cache folder by default
 */
public record LocalSettings(
        Optional<ModelSource> checkpoint,
        Map<String, Optional<ModelSource>> components,
        Optional<ModelSource> refiner,
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
                Runtime.getRuntime().availableProcessors(),
                "auto",
                false,
                UserCache.folder());
    }

    /** The same with another checkpoint, a Hugging Face diffusers directory. */
    public LocalSettings withCheckpoint(Path folder) {
        return withCheckpoint(ModelSource.of(folder));
    }

    /** The same with another checkpoint, which may be on the hub: it is downloaded when it is needed. */
    public LocalSettings withCheckpoint(ModelSource source) {
        return new LocalSettings(Optional.of(source), components, refiner, threads, device, throughput, cache);
    }

    /** The same with {@code folder} in the place of the part {@code name}. */
    public LocalSettings withComponent(String name, Path folder) {
        return withComponent(name, ModelSource.of(folder));
    }

    /** The same with {@code source}, which may be on the hub, in the place of the part {@code name}. */
    public LocalSettings withComponent(String name, ModelSource source) {
        return withComponent(name, Optional.of(source));
    }

    /** The same without the part {@code name}. */
    public LocalSettings withoutComponent(String name) {
        return withComponent(name, Optional.empty());
    }

    private LocalSettings withComponent(String name, Optional<ModelSource> source) {
        Map<String, Optional<ModelSource>> more = new TreeMap<>(components);
        more.put(name, source);
        return new LocalSettings(checkpoint, more, refiner, threads, device, throughput, cache);
    }

    /** The same with a refiner, a diffusers directory. */
    public LocalSettings withRefiner(Path folder) {
        return withRefiner(ModelSource.of(folder));
    }

    /** The same with a refiner, which may be on the hub. */
    public LocalSettings withRefiner(ModelSource source) {
        return new LocalSettings(checkpoint, components, Optional.of(source), threads, device, throughput, cache);
    }

    /** The same with other threads. */
    public LocalSettings withThreads(int value) {
        return new LocalSettings(checkpoint, components, refiner, value, device, throughput, cache);
    }

    /** The same on another device. */
    public LocalSettings withDevice(String value) {
        return new LocalSettings(checkpoint, components, refiner, threads, value, throughput, cache);
    }

    /** The same with more spent on loading, or not. */
    public LocalSettings withThroughput(boolean value) {
        return new LocalSettings(checkpoint, components, refiner, threads, device, value, cache);
    }

    /** The same with another folder for what is unpacked. */
    public LocalSettings withCache(Path folder) {
        return new LocalSettings(checkpoint, components, refiner, threads, device, throughput, folder);
    }

    /** Whether the bundled checkpoint is on the class path. */
    public static boolean hasBundledCheckpoint() {
        return BundledCheckpoint.manifest().isPresent();
    }

    /** Whether it is the bundled checkpoint as it comes. */
    boolean isPlainBundled() {
        return checkpoint.isEmpty() && components.isEmpty() && refiner.isEmpty();
    }

    /** Where everything comes from that these settings name, the bundled checkpoint left out. */
    List<ModelSource> sources() {
        return Stream.of(
                        checkpoint.stream(),
                        refiner.stream(),
                        components.values().stream().flatMap(Optional::stream))
                .flatMap(each -> each)
                .distinct()
                .toList();
    }

    EngineOptions engine() {
        return new EngineOptions(threads, device, throughput, cache);
    }
}
