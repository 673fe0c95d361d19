package dev.triptych.openai;

import dev.triptych.CostClass;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import java.util.List;

/** Makes generators of {@code type: replicate} from the configuration: Replicate's predictions. */
public final class ReplicateGeneratorFactory extends HostedFactory {

    /** A factory; the service loader makes it. */
    public ReplicateGeneratorFactory() {
        super("replicate", CostClass.BILLED);
    }

    @Override
    List<SettingKey> moreKeys() {
        return jobKeys(new ReplicateProfile());
    }

    @Override
    void configure(GeneratorSettings settings, OpenAiImageGenerator.Builder builder) {
        jobSettings(settings, builder);
    }
}
