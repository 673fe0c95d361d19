package dev.triptych.openai;

import dev.triptych.CostClass;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import java.util.List;

/** Makes generators of {@code type: openrouter} from the configuration. */
public final class OpenRouterGeneratorFactory extends HostedFactory {

    /** A factory; the service loader makes it. */
    public OpenRouterGeneratorFactory() {
        super("openrouter", CostClass.BILLED);
    }

    @Override
    List<SettingKey> moreKeys() {
        OpenRouterProfile router = new OpenRouterProfile();
        return addressAndModel(router.defaultBaseUrl(), router.defaultModel());
    }

    @Override
    void configure(GeneratorSettings settings, OpenAiImageGenerator.Builder builder) {
        addressAndModel(settings, builder);
    }
}
