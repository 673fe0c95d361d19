package dev.triptych.diffusion;

import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import dev.triptych.diffusion.checkpoint.UserCache;
import dev.triptych.diffusion.engine.EngineOptions;
import dev.triptych.diffusion.family.Precision;
import dev.triptych.diffusion.family.Speed;
import dev.triptych.diffusion.prompt.PromptSyntax;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
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
 * @param checkpoint a Hugging Face diffusers directory or a file that holds a whole model, here or on the hub; empty =
 *     the bundled checkpoint
 * @param components parts of the checkpoint, by their names in model_index.json, that are replaced by another folder or
 *     file, or left out where there is none
 * @param modelConfig for a checkpoint that is one file: a diffusers directory whose configs, tokenizers and scheduler
 *     are used instead of what the shapes of the tensors tell; empty = none
 * @param ema for a checkpoint that is one file: whether the averaged weights of the U-Net are taken where plain ones
 *     stand beside them; false by default
 * @param refiner a diffusers directory or a file of a model that finishes the pictures, here or on the hub; empty =
 *     none
 * @param loras LoRA and its kin, by the names that requests ask for them with
 * @param embeddings textual inversions, in the order in which they are given ids
 * @param ipAdapters IP-Adapters, by the names that pictures of role STYLE ask for them with
 * @param controls ControlNets and their kin, by the names that control pictures ask for them with
 * @param upscalers files of networks that enlarge pictures, by the names that requests ask for them with
 * @param previewEvery an unfinished picture each so many evaluations where a request does not say; 0 (the default) =
 *     none
 * @param promptSyntax how prompts are written where a request does not say: {@code "plain"} (the default) or
 *     {@code "a1111"}
 * @param speed how much of the exact picture may be given up for time where a request does not say: {@code "exact"}
 *     (the default), {@code "balanced"} or {@code "fast"}
 * @param precision what denoisers compute in where a request does not say: {@code "fp32"} (the default), {@code "int8"}
 *     or {@code "auto"}
 * @param safetyChecker whether the checkpoint's safety checker looks at finished pictures, and those it refuses are
 *     failures of the result; false by default
 * @param threads threads of one evaluation, from 1; all processors by default
 * @param device {@code "auto"} (CUDA where it works, else the CPU; the default), {@code "cpu"} or {@code "cuda"}
 * @param throughput whether to spend seconds and memory on loading for a few per cent more speed; false by default
 * @param memory {@code "high"} (every network that was used stays), {@code "low"} (networks go when they have done
 *     their part, and weights stay as narrow as their files have them: slower, and the last digit of a byte may differ)
 *     or {@code "auto"} (what the memory that is free allows; the default)
 * @param unloadAfter after how long networks that no request used are released; empty (the default) = never
 * @param cache where the bundled checkpoint and native libraries are unpacked; the user's cache folder by default
 */
public record LocalSettings(
        Optional<ModelSource> checkpoint,
        Map<String, Optional<ModelSource>> components,
        Optional<Path> modelConfig,
        boolean ema,
        Optional<ModelSource> refiner,
        Map<String, Lora> loras,
        List<TextualInversion> embeddings,
        Map<String, IpAdapterFile> ipAdapters,
        Map<String, ModelSource> controls,
        Map<String, ModelSource> upscalers,
        int previewEvery,
        String promptSyntax,
        String speed,
        String precision,
        boolean safetyChecker,
        int threads,
        String device,
        boolean throughput,
        String memory,
        Optional<Duration> unloadAfter,
        Path cache) {

    /** What cannot be part of a LoRA's name: requests write names with strengths and commas between them. */
    private static final String NOT_IN_NAMES = ",:";

    /** Copies maps and list and checks the values. */
    public LocalSettings {
        components = Map.copyOf(components);
        loras = Map.copyOf(loras);
        embeddings = List.copyOf(embeddings);
        ipAdapters = Map.copyOf(ipAdapters);
        controls = Map.copyOf(controls);
        loras.keySet().forEach(name -> requireName("a LoRA's", name));
        ipAdapters.keySet().forEach(name -> requireName("an IP-Adapter's", name));
        controls.keySet().forEach(name -> requireName("a control's", name));
        upscalers = Map.copyOf(upscalers);
        if (previewEvery < 0) {
            throw new IllegalArgumentException("previewEvery must be 0 or more but was " + previewEvery);
        }
        requireSyntax(promptSyntax);
        requireSpeed(speed);
        requirePrecision(precision);
        EngineOptions unused =
                new EngineOptions(threads, device, throughput, memory, unloadAfter, cache); // it checks them
    }

    /** The bundled checkpoint with all defaults. */
    public static LocalSettings bundled() {
        return new LocalSettings(
                Optional.empty(),
                Map.of(),
                Optional.empty(),
                false,
                Optional.empty(),
                Map.of(),
                List.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                0,
                PromptSyntax.PLAIN.id(),
                Speed.EXACT.id(),
                Precision.FP32.id(),
                false,
                Runtime.getRuntime().availableProcessors(),
                "auto",
                false,
                "auto",
                Optional.empty(),
                UserCache.folder());
    }

    /** The same with another checkpoint, a Hugging Face diffusers directory or a file that holds a whole model. */
    public LocalSettings withCheckpoint(Path path) {
        return withCheckpoint(ModelSource.of(path));
    }

    /** The same with another checkpoint, which may be on the hub: it is downloaded when it is needed. */
    public LocalSettings withCheckpoint(ModelSource source) {
        return with(copy -> copy.checkpoint = Optional.of(source));
    }

    /** The same with a folder or a file in the place of the part {@code name}. */
    public LocalSettings withComponent(String name, Path path) {
        return withComponent(name, ModelSource.of(path));
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
        return with(copy -> copy.components = more);
    }

    /**
     * The same with the configs, tokenizers and scheduler of a diffusers directory, instead of what the shapes of the
     * tensors tell; for a checkpoint that is one file.
     */
    public LocalSettings withModelConfig(Path folder) {
        return with(copy -> copy.modelConfig = Optional.of(folder));
    }

    /** The same with the averaged weights of the U-Net, or not; for a checkpoint that is one file and has both. */
    public LocalSettings withEma(boolean value) {
        return with(copy -> copy.ema = value);
    }

    /** The same with a refiner, a diffusers directory or a file that holds a whole model. */
    public LocalSettings withRefiner(Path folder) {
        return withRefiner(ModelSource.of(folder));
    }

    /** The same with a refiner, which may be on the hub. */
    public LocalSettings withRefiner(ModelSource source) {
        return with(copy -> copy.refiner = Optional.of(source));
    }

    /** The same with a LoRA, which requests ask for by {@code name}: {@code local.lora}. */
    public LocalSettings withLora(String name, Lora lora) {
        Map<String, Lora> more = new TreeMap<>(loras);
        more.put(name, lora);
        return with(copy -> copy.loras = more);
    }

    /** The same with the LoRA in {@code file} as strong as it was trained. */
    public LocalSettings withLora(String name, Path file) {
        return withLora(name, Lora.of(file));
    }

    /** The same with the LoRA of {@code source}, which may be on the hub, as strong as it was trained. */
    public LocalSettings withLora(String name, ModelSource source) {
        return withLora(name, Lora.of(source));
    }

    /** The same with a textual inversion, whose word in a prompt is {@code word}. */
    public LocalSettings withEmbedding(String word, Path file) {
        return withEmbedding(new TextualInversion(file, Optional.of(word)));
    }

    /** The same with one more textual inversion. */
    public LocalSettings withEmbedding(TextualInversion embedding) {
        List<TextualInversion> more = new ArrayList<>(embeddings);
        more.add(embedding);
        return with(copy -> copy.embeddings = more);
    }

    /** The same with an IP-Adapter, which pictures of role STYLE ask for by {@code name}. */
    public LocalSettings withIpAdapter(String name, IpAdapterFile adapter) {
        Map<String, IpAdapterFile> more = new TreeMap<>(ipAdapters);
        more.put(name, adapter);
        return with(copy -> copy.ipAdapters = more);
    }

    /** The same with a control, a ControlNet's folder or file, which control pictures ask for by {@code name}. */
    public LocalSettings withControl(String name, Path path) {
        return withControl(name, ModelSource.of(path));
    }

    /** The same with the control of {@code source}, which may be on the hub. */
    public LocalSettings withControl(String name, ModelSource source) {
        Map<String, ModelSource> more = new TreeMap<>(controls);
        more.put(name, source);
        return with(copy -> copy.controls = more);
    }

    /** The same with the upscaler in {@code file}, which requests ask for by {@code name}: ESRGAN, Real-ESRGAN. */
    public LocalSettings withUpscaler(String name, Path file) {
        return withUpscaler(name, ModelSource.of(file));
    }

    /** The same with the upscaler of {@code source}, which may be on the hub. */
    public LocalSettings withUpscaler(String name, ModelSource source) {
        Map<String, ModelSource> more = new TreeMap<>(upscalers);
        more.put(name, source);
        return with(copy -> copy.upscalers = more);
    }

    /** The same with an unfinished picture each so many evaluations; 0 = none. */
    public LocalSettings withPreviewEvery(int value) {
        return with(copy -> copy.previewEvery = value);
    }

    /** The same with another syntax of prompts, {@code "plain"} or {@code "a1111"}, where a request does not say. */
    public LocalSettings withPromptSyntax(String value) {
        return with(copy -> copy.promptSyntax = value);
    }

    /**
     * The same with another speed, {@code "exact"}, {@code "balanced"} or {@code "fast"}, where a request does not say.
     */
    public LocalSettings withSpeed(String value) {
        return with(copy -> copy.speed = value);
    }

    /**
     * The same with another precision, {@code "fp32"}, {@code "int8"} or {@code "auto"}, where a request does not say.
     */
    public LocalSettings withPrecision(String value) {
        return with(copy -> copy.precision = value);
    }

    /**
     * The same with the checkpoint's safety checker, or without: pictures that it refuses are failures of the result.
     */
    public LocalSettings withSafetyChecker(boolean value) {
        return with(copy -> copy.safetyChecker = value);
    }

    /** The same with other threads. */
    public LocalSettings withThreads(int value) {
        return with(copy -> copy.threads = value);
    }

    /** The same on another device. */
    public LocalSettings withDevice(String value) {
        return with(copy -> copy.device = value);
    }

    /** The same with more spent on loading, or not. */
    public LocalSettings withThroughput(boolean value) {
        return with(copy -> copy.throughput = value);
    }

    /** The same with {@code "auto"}, {@code "low"} or {@code "high"} use of memory. */
    public LocalSettings withMemory(String value) {
        return with(copy -> copy.memory = value);
    }

    /** The same with networks that are released when no request used them for so long. */
    public LocalSettings withUnloadAfter(Duration value) {
        return with(copy -> copy.unloadAfter = Optional.of(value));
    }

    /** The same with another folder for what is unpacked. */
    public LocalSettings withCache(Path folder) {
        return with(copy -> copy.cache = folder);
    }

    private static void requireSyntax(String name) {
        try {
            PromptSyntax.parse(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("promptSyntax " + e.getMessage(), e);
        }
    }

    private static void requireSpeed(String name) {
        try {
            Speed.parse(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("speed " + e.getMessage(), e);
        }
    }

    private static void requirePrecision(String name) {
        try {
            Precision.parse(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("precision " + e.getMessage(), e);
        }
    }

    private static void requireName(String whose, String name) {
        boolean bad = name.isBlank()
                || !name.equals(name.strip())
                || name.chars().anyMatch(character -> NOT_IN_NAMES.indexOf(character) >= 0);
        if (bad) {
            throw new IllegalArgumentException(whose
                    + " name must be a text without commas, colons and spaces around it but was \"" + name + "\"");
        }
    }

    private LocalSettings with(Consumer<Copy> change) {
        Copy copy = new Copy(this);
        change.accept(copy);
        return copy.settings();
    }

    /** A copy in the making: what is changed is named, and nothing else. */
    private static final class Copy {
        private Optional<ModelSource> checkpoint;
        private Map<String, Optional<ModelSource>> components;
        private Optional<Path> modelConfig;
        private boolean ema;
        private Optional<ModelSource> refiner;
        private Map<String, Lora> loras;
        private List<TextualInversion> embeddings;
        private Map<String, IpAdapterFile> ipAdapters;
        private Map<String, ModelSource> controls;
        private Map<String, ModelSource> upscalers;
        private int previewEvery;
        private String promptSyntax;
        private String speed;
        private String precision;
        private boolean safetyChecker;
        private int threads;
        private String device;
        private boolean throughput;
        private String memory;
        private Optional<Duration> unloadAfter;
        private Path cache;

        Copy(LocalSettings from) {
            checkpoint = from.checkpoint;
            components = from.components;
            modelConfig = from.modelConfig;
            ema = from.ema;
            refiner = from.refiner;
            loras = from.loras;
            embeddings = from.embeddings;
            ipAdapters = from.ipAdapters;
            controls = from.controls;
            upscalers = from.upscalers;
            previewEvery = from.previewEvery;
            promptSyntax = from.promptSyntax;
            speed = from.speed;
            precision = from.precision;
            safetyChecker = from.safetyChecker;
            threads = from.threads;
            device = from.device;
            throughput = from.throughput;
            memory = from.memory;
            unloadAfter = from.unloadAfter;
            cache = from.cache;
        }

        LocalSettings settings() {
            return new LocalSettings(
                    checkpoint,
                    components,
                    modelConfig,
                    ema,
                    refiner,
                    loras,
                    embeddings,
                    ipAdapters,
                    controls,
                    upscalers,
                    previewEvery,
                    promptSyntax,
                    speed,
                    precision,
                    safetyChecker,
                    threads,
                    device,
                    throughput,
                    memory,
                    unloadAfter,
                    cache);
        }
    }

    /** Whether the bundled checkpoint is on the class path. */
    public static boolean hasBundledCheckpoint() {
        return BundledCheckpoint.manifest().isPresent();
    }

    /** Whether it is the bundled checkpoint as it comes. */
    boolean isPlainBundled() {
        return checkpoint.isEmpty() && components.isEmpty() && refiner.isEmpty() && modelConfig.isEmpty() && !ema;
    }

    /** Where everything comes from that these settings name, the bundled checkpoint left out. */
    List<ModelSource> sources() {
        return Stream.of(
                        checkpoint.stream(),
                        refiner.stream(),
                        components.values().stream().flatMap(Optional::stream),
                        adapterSources())
                .flatMap(each -> each)
                .distinct()
                .toList();
    }

    /** Where LoRAs, textual inversions, IP-Adapters, controls and upscalers come from. */
    Stream<ModelSource> adapterSources() {
        return Stream.of(
                        loras.values().stream().map(Lora::source),
                        embeddings.stream().map(TextualInversion::source),
                        ipAdapters.values().stream().map(IpAdapterFile::source),
                        ipAdapters.values().stream().flatMap(each -> each.encoder().stream()),
                        controls.values().stream(),
                        upscalers.values().stream())
                .flatMap(each -> each);
    }

    EngineOptions engine() {
        return new EngineOptions(threads, device, throughput, memory, unloadAfter, cache);
    }
}
