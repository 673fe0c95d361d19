package dev.triptych.diffusion;

import dev.triptych.ImageGenerator;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.config.SettingValue;
import dev.triptych.config.SettingValue.Kind;
import dev.triptych.storage.UserFolders;
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
    private static final String MODEL_CONFIG = "model-config";
    private static final String EMA = "ema";
    private static final String LORAS = "loras";
    private static final String EMBEDDINGS = "embeddings";

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
                SettingKey.of(MODEL, "bundled", "\"bundled\", a Hugging Face diffusers directory, or a file that holds a whole model"),
                SettingKey.of(THREADS, "", "threads of one model evaluation; all processors by default")
                        .holding(SettingValue.between(Kind.INTEGER, "1", "1024")),
                SettingKey.of(DEVICE, "auto", "auto, cpu or cuda").holding(SettingValue.oneOf("auto", "cpu", "cuda")),
                SettingKey.of(CACHE, "", "where the bundled checkpoint is unpacked; the user's cache by default")
                        .holding(Kind.PATH),
                SettingKey.of(
                                COMPONENTS,
                                "",
                                "parts of the checkpoint by their names in model_index.json, each a folder or a file to"
                                        + " take instead, or \"none\"")
                        .holding(Kind.MAP),
                SettingKey.of(
                                REFINER,
                                "",
                                "the diffusers directory or the file of a model that finishes the pictures (SDXL)")
                        .holding(Kind.PATH),
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
                                "LoRA and its kin, which requests ask for with local.lora: files by name, each a file or"
                                        + " {file: FILE, strength: 0.8}; or a folder of them")
                        .holding(Kind.FILES),
                SettingKey.of(
                                EMBEDDINGS,
                                "",
                                "textual inversions: files by the word that stands for them in prompts, or a folder of"
                                        + " them")
                        .holding(Kind.FILES));
    }

    @Override
    public ImageGenerator create(GeneratorSettings settings) {
        LocalSettings local = LocalSettings.bundled().withDevice(device(settings));
        String model = settings.string(MODEL).orElse("bundled");
        if (!model.equals("bundled")) {
            local = local.withCheckpoint(settings.file(MODEL).orElseThrow());
        }
        if (settings.has(THREADS)) {
            local = local.withThreads(threads(settings));
        }
        local = settings.file(CACHE).map(local::withCache).orElse(local);
        local = settings.file(REFINER).map(local::withRefiner).orElse(local);
        local = settings.file(MODEL_CONFIG).map(local::withModelConfig).orElse(local);
        local = local.withEma(settings.bool(EMA).orElse(false));
        return LocalDiffusionGenerator.builder()
                .name(settings.name())
                .settings(AdapterFiles.added(withComponents(local, settings), settings, LORAS, EMBEDDINGS))
                .build();
    }

    private static LocalSettings withComponents(LocalSettings local, GeneratorSettings settings) {
        LocalSettings all = local;
        for (Map.Entry<String, Object> part : settings.map(COMPONENTS).entrySet()) {
            if (!(part.getValue() instanceof String path) || path.isBlank()) {
                throw settings.wrong(
                        COMPONENTS + "." + part.getKey(), "a folder, a file or \"none\"", String.valueOf(part.getValue()));
            }
            all = path.equals(LEFT_OUT)
                    ? all.withoutComponent(part.getKey())
                    : all.withComponent(part.getKey(), UserFolders.expand(path));
        }
        return all;
    }

    private static int threads(GeneratorSettings settings) {
        int threads = settings.integer(THREADS).orElse(1);
        if (threads < 1) {
            throw settings.wrong(THREADS, "at least 1", Integer.toString(threads));
        }
        return threads;
    }

    private static String device(GeneratorSettings settings) {
        String device = settings.string(DEVICE).orElse("auto");
        if (!List.of("auto", "cpu", "cuda").contains(device)) {
            throw settings.wrong(DEVICE, "auto, cpu or cuda", device);
        }
        return device;
    }
}
