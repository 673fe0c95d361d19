package dev.triptych.diffusion;

import dev.triptych.ImageGenerator;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.config.SettingValue;
import dev.triptych.config.SettingValue.Kind;
import dev.triptych.diffusion.runtime.RuntimeOptions;
import java.util.List;

/** Makes local generators from {@code triptych.yaml}: {@code type: local}. */
public final class LocalDiffusionFactory implements GeneratorFactory {

    private static final String MODEL = "model";
    private static final String THREADS = "threads";
    private static final String DEVICE = "device";
    private static final String CACHE = "cache-directory";

    /** Called by {@link java.util.ServiceLoader}. */
    public LocalDiffusionFactory() {}

    @Override
    public String type() {
        return LocalDiffusionGenerator.PROVIDER;
    }

    @Override
    public List<SettingKey> keys() {
        return List.of(
                SettingKey.of(MODEL, "bundled", "\"bundled\", or a Hugging Face diffusers directory"),
                SettingKey.of(THREADS, "", "threads of one model evaluation; all processors by default")
                        .holding(SettingValue.between(Kind.INTEGER, "1", "1024")),
                SettingKey.of(DEVICE, "auto", "auto, cpu or cuda").holding(SettingValue.oneOf("auto", "cpu", "cuda")),
                SettingKey.of(CACHE, "", "where the bundled checkpoint is unpacked; the user's cache by default")
                        .holding(Kind.PATH));
    }

    @Override
    public ImageGenerator create(GeneratorSettings settings) {
        LocalDiffusionGenerator.Builder builder =
                LocalDiffusionGenerator.builder().name(settings.name());
        String model = settings.string(MODEL).orElse("bundled");
        settings.file(CACHE).ifPresent(builder::bundledIn);
        if (!model.equals("bundled")) {
            builder.checkpoint(settings.file(MODEL).orElseThrow());
        }
        RuntimeOptions options = RuntimeOptions.standard();
        if (settings.has(THREADS)) {
            options = options.withThreads(threads(settings));
        }
        return builder.runtime(options.withDevice(device(settings))).build();
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
