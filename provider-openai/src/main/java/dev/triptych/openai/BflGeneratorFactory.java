package dev.triptych.openai;

import dev.triptych.CostClass;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import java.util.List;

/** Makes generators of {@code type: bfl} from the configuration: Black Forest Labs' FLUX. */
public final class BflGeneratorFactory extends HostedFactory {

    /** A factory; the service loader makes it. */
    public BflGeneratorFactory() {
        super("bfl", CostClass.BILLED);
    }

    @Override
    List<SettingKey> moreKeys() {
        return jobKeys(new BflProfile());
    }

    @Override
    void configure(GeneratorSettings settings, OpenAiImageGenerator.Builder builder) {
        jobSettings(settings, builder);
    }
}
