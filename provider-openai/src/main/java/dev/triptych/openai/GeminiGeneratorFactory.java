package dev.triptych.openai;

import dev.triptych.CostClass;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import java.util.List;

/**
 * Makes generators of {@code type: gemini} from the configuration: Google's Gemini, and Vertex by its address and
 * token.
 */
public final class GeminiGeneratorFactory extends HostedFactory {

    /** A factory; the service loader makes it. */
    public GeminiGeneratorFactory() {
        super("gemini", CostClass.BILLED);
    }

    @Override
    List<SettingKey> moreKeys() {
        GeminiProfile gemini = new GeminiProfile();
        return addressAndModel(gemini.defaultBaseUrl(), gemini.defaultModel());
    }

    @Override
    void configure(GeneratorSettings settings, OpenAiImageGenerator.Builder builder) {
        addressAndModel(settings, builder);
    }
}
