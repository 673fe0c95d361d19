package dev.triptych.openai;

import dev.triptych.CostClass;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import java.util.List;

/** Makes generators of {@code type: fal} from the configuration: fal's queue. */
public final class FalGeneratorFactory extends HostedFactory {

    /** A factory; the service loader makes it. */
    public FalGeneratorFactory() {
        super("fal", CostClass.BILLED);
    }

    @Override
    List<SettingKey> moreKeys() {
        return jobKeys(new FalProfile());
    }

    @Override
    void configure(GeneratorSettings settings, OpenAiImageGenerator.Builder builder) {
        jobSettings(settings, builder);
    }
}
