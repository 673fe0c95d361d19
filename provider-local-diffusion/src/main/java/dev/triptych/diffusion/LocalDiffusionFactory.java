package dev.triptych.diffusion;

import dev.triptych.ImageGenerator;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.config.SettingValue;
import dev.triptych.config.SettingValue.Kind;
import java.util.List;
import java.util.Map;

/** Makes local generators from {@code triptych.yaml}: {@code type: local}. */
public final class LocalDiffusionFactory implements GeneratorFactory {

    private static final String MODEL = "model";
    private static final String THREADS = "threads";
    private static final String DEVICE = "device";
    private static final String CACHE = "cache-directory";
    private static final String COMPONENTS = "components";
    private static final String REFINER = "refiner";
    private static final String SHA256 = "model-sha256";
    private static final String VARIANT = "model-variant";
    private static final String MODEL_CONFIG = "model-config";
    private static final String EMA = "ema";
    private static final String LORAS = "loras";
    private static final String EMBEDDINGS = "embeddings";
    private static final String IP_ADAPTERS = "ip-adapters";
    private static final String CONTROLS = "controls";
    private static final String UPSCALERS = "upscalers";
    private static final String PREVIEW_EVERY = "preview-every";
    private static final String PROMPT_SYNTAX = "prompt-syntax";
    private static final String SPEED = "speed";
    private static final String PRECISION = "precision";
    private static final String MEMORY = "memory";
    private static final String UNLOAD_AFTER = "unload-after";
    private static final String SAFETY_CHECKER = "safety-checker";

    /** What stands for a part that the checkpoint shall not have. */
    private static final String LEFT_OUT = "none";

    /** Called by {@link java.util.ServiceLoader}. */
    public LocalDiffusionFactory() {}

    @Override
    public String type() {
        return LocalDiffusionGenerator.PROVIDER;
    }

    @Override
    public List<SettingKey> keys() {
        return List.of(
                SettingKey.of(
                        MODEL,
                        "bundled",
                        "\"bundled\", a Hugging Face diffusers directory, a file that holds a whole model, a name on the"
                                + " hub (owner/name@revision) or an https address"),
                SettingKey.of(SHA256, "", "the sha256 of the file, where model is an https address"),
                SettingKey.of(
                        VARIANT, "", "which weights of a model on the hub, such as fp16; the plain ones by default"),
                SettingKey.of(THREADS, "", "threads of one model evaluation; all processors by default")
                        .holding(SettingValue.between(Kind.INTEGER, "1", "1024")),
                SettingKey.of(DEVICE, "auto", "auto, cpu or cuda").holding(SettingValue.oneOf("auto", "cpu", "cuda")),
                SettingKey.of(CACHE, "", "where the bundled checkpoint is unpacked; the user's cache by default")
                        .holding(Kind.PATH),
                SettingKey.of(
                                COMPONENTS,
                                "",
                                "parts of the checkpoint by their names in model_index.json, each a folder, a file or a name"
                                        + " on the hub to take instead, or \"none\"")
                        .holding(Kind.MAP),
                SettingKey.of(
                        REFINER,
                        "",
                        "a model that finishes the pictures (SDXL): a diffusers directory, a file, or a name on the hub"),
                SettingKey.of(
                                MODEL_CONFIG,
                                "",
                                "for a model that is one file: a diffusers directory whose configs, tokenizers and"
                                        + " scheduler are used")
                        .holding(Kind.PATH),
                SettingKey.of(EMA, "false", "for a model that is one file: whether its averaged weights are used")
                        .holding(Kind.BOOLEAN),
                SettingKey.of(
                                LORAS,
                                "",
                                "LoRA and its kin, which requests ask for with local.lora: files by name, each a file, a name on the hub or"
                                        + " {file: FILE, strength: 0.8}; or a folder of them")
                        .holding(Kind.FILES),
                SettingKey.of(
                                EMBEDDINGS,
                                "",
                                "textual inversions: files by the word that stands for them in prompts, or a folder of"
                                        + " them")
                        .holding(Kind.FILES),
                SettingKey.of(
                                CONTROLS,
                                "",
                                "ControlNets and T2I-Adapters by the names that control pictures ask for them with, each a folder, a file"
                                        + " or a name on the hub")
                        .holding(Kind.MAP),
                SettingKey.of(
                                IP_ADAPTERS,
                                "",
                                "IP-Adapters by the names that pictures of role STYLE ask for them with: each a file, a name"
                                        + " on the hub or {file: FILE, encoder: DIR}")
                        .holding(Kind.MAP),
                SettingKey.of(
                                SPEED,
                                "exact",
                                "how much of the exact picture a request may give up for time: exact, balanced or fast")
                        .holding(SettingValue.oneOf("exact", "balanced", "fast")),
                SettingKey.of(
                                PRECISION,
                                "fp32",
                                "what the denoiser computes in where a request does not say: fp32, int8 (a quarter of the"
                                        + " memory, less than half of the time, another picture), or auto")
                        .holding(SettingValue.oneOf("fp32", "int8", "auto")),
                SettingKey.of(
                                MEMORY,
                                "auto",
                                "high keeps every network that was used; low releases them as soon as it can and keeps weights"
                                        + " as narrow as their files have them; auto does what free memory allows")
                        .holding(SettingValue.oneOf("auto", "low", "high")),
                SettingKey.of(
                                UNLOAD_AFTER,
                                "",
                                "after how long networks that no request used are released, such as 10m; never by default")
                        .holding(SettingValue.between(Kind.DURATION, "1ms", "31d")),
                SettingKey.of(
                                SAFETY_CHECKER,
                                "false",
                                "whether the checkpoint's safety_checker looks at finished pictures; those it refuses"
                                        + " are failures of the result")
                        .holding(Kind.BOOLEAN),
                SettingKey.of(
                                UPSCALERS,
                                "",
                                "networks that enlarge pictures (ESRGAN, Real-ESRGAN) by the names that"
                                        + " local.hires-upscaler asks for them with, each a file or a name on the hub")
                        .holding(Kind.MAP),
                SettingKey.of(
                                PREVIEW_EVERY,
                                "0",
                                "an unfinished picture each so many steps, where a request does not say; 0 = none")
                        .holding(SettingValue.between(Kind.INTEGER, "0", "1000")),
                SettingKey.of(
                                PROMPT_SYNTAX,
                                "plain",
                                "how prompts are written where a request does not say: plain, or a1111 with weights,"
                                        + " BREAK, AND, [from:to:when] and <lora:name:0.8>")
                        .holding(SettingValue.oneOf("plain", "a1111")));
    }

    @Override
    public ImageGenerator create(GeneratorSettings settings) {
        LocalSettings local = LocalSettings.bundled().withDevice(device(settings));
        if (settings.string(MODEL).filter(model -> !model.equals("bundled")).isPresent()) {
            local = local.withCheckpoint(checkpoint(settings));
        }
        if (settings.has(THREADS)) {
            local = local.withThreads(threads(settings));
        }
        local = settings.file(CACHE).map(local::withCache).orElse(local);
        if (settings.has(REFINER)) {
            local = local.withRefiner(source(settings, REFINER, settings.required(REFINER)));
        }
        local = settings.file(MODEL_CONFIG).map(local::withModelConfig).orElse(local);
        local = local.withEma(settings.bool(EMA).orElse(false)).withPromptSyntax(promptSyntax(settings));
        local = local.withSpeed(speed(settings))
                .withPrecision(precision(settings))
                .withSafetyChecker(settings.bool(SAFETY_CHECKER).orElse(false))
                .withMemory(memory(settings));
        local = settings.duration(UNLOAD_AFTER).map(local::withUnloadAfter).orElse(local);
        local = local.withPreviewEvery(previewEvery(settings));
        return LocalDiffusionGenerator.builder()
                .name(settings.name())
                .settings(IpAdapterFiles.added(
                        AdapterFiles.added(
                                withUpscalers(withControls(withComponents(local, settings), settings), settings),
                                settings,
                                LORAS,
                                EMBEDDINGS),
                        settings,
                        IP_ADAPTERS))
                .build();
    }

    private static LocalSettings withComponents(LocalSettings local, GeneratorSettings settings) {
        LocalSettings all = local;
        for (Map.Entry<String, Object> part : settings.map(COMPONENTS).entrySet()) {
            if (!(part.getValue() instanceof String path) || path.isBlank()) {
                throw settings.wrong(
                        COMPONENTS + "." + part.getKey(),
                        "a folder, a file or \"none\"",
                        String.valueOf(part.getValue()));
            }
            all = path.equals(LEFT_OUT)
                    ? all.withoutComponent(part.getKey())
                    : all.withComponent(part.getKey(), source(settings, COMPONENTS + "." + part.getKey(), path));
        }
        return all;
    }

    private static LocalSettings withUpscalers(LocalSettings local, GeneratorSettings settings) {
        LocalSettings all = local;
        for (Map.Entry<String, Object> upscaler : settings.map(UPSCALERS).entrySet()) {
            String key = UPSCALERS + "." + upscaler.getKey();
            if (!(upscaler.getValue() instanceof String path) || path.isBlank()) {
                throw settings.wrong(key, "a file or a name on the hub", String.valueOf(upscaler.getValue()));
            }
            all = all.withUpscaler(upscaler.getKey(), source(settings, key, path));
        }
        return all;
    }

    private static int previewEvery(GeneratorSettings settings) {
        int every = settings.integer(PREVIEW_EVERY).orElse(0);
        if (every < 0) {
            throw settings.wrong(PREVIEW_EVERY, "0 or more", Integer.toString(every));
        }
        return every;
    }

    private static LocalSettings withControls(LocalSettings local, GeneratorSettings settings) {
        LocalSettings all = local;
        for (Map.Entry<String, Object> control : settings.map(CONTROLS).entrySet()) {
            String key = CONTROLS + "." + control.getKey();
            if (!(control.getValue() instanceof String path) || path.isBlank()) {
                throw settings.wrong(key, "a folder, a file or a name on the hub", String.valueOf(control.getValue()));
            }
            all = all.withControl(control.getKey(), source(settings, key, path));
        }
        return all;
    }

    private static ModelSource checkpoint(GeneratorSettings settings) {
        ModelSource source = source(settings, MODEL, settings.required(MODEL));
        try {
            source = settings.string(SHA256).map(source::withSha256).orElse(source);
            return settings.string(VARIANT).map(source::withVariant).orElse(source);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("generators." + settings.name() + ": " + e.getMessage(), e);
        }
    }

    private static ModelSource source(GeneratorSettings settings, String key, String text) {
        try {
            return ModelSource.parse(text);
        } catch (IllegalArgumentException e) {
            throw settings.wrong(key, "a path, a name on the hub or an https address", text);
        }
    }

    private static int threads(GeneratorSettings settings) {
        int threads = settings.integer(THREADS).orElse(1);
        if (threads < 1) {
            throw settings.wrong(THREADS, "at least 1", Integer.toString(threads));
        }
        return threads;
    }

    private static String speed(GeneratorSettings settings) {
        String speed = settings.string(SPEED).orElse("exact");
        if (!List.of("exact", "balanced", "fast").contains(speed)) {
            throw settings.wrong(SPEED, "exact, balanced or fast", speed);
        }
        return speed;
    }

    private static String precision(GeneratorSettings settings) {
        String precision = settings.string(PRECISION).orElse("fp32");
        if (!List.of("fp32", "int8", "auto").contains(precision)) {
            throw settings.wrong(PRECISION, "fp32, int8 or auto", precision);
        }
        return precision;
    }

    private static String memory(GeneratorSettings settings) {
        String memory = settings.string(MEMORY).orElse("auto");
        if (!List.of("auto", "low", "high").contains(memory)) {
            throw settings.wrong(MEMORY, "auto, low or high", memory);
        }
        return memory;
    }

    private static String promptSyntax(GeneratorSettings settings) {
        String syntax = settings.string(PROMPT_SYNTAX).orElse("plain");
        if (!List.of("plain", "a1111").contains(syntax)) {
            throw settings.wrong(PROMPT_SYNTAX, "plain or a1111", syntax);
        }
        return syntax;
    }

    private static String device(GeneratorSettings settings) {
        String device = settings.string(DEVICE).orElse("auto");
        if (!List.of("auto", "cpu", "cuda").contains(device)) {
            throw settings.wrong(DEVICE, "auto, cpu or cuda", device);
        }
        return device;
    }
}
