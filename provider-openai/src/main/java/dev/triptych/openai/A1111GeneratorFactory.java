package dev.triptych.openai;

import dev.triptych.CostClass;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import java.util.List;

/**
 * Makes generators of {@code type: a1111} from the configuration: a server of one's own that speaks AUTOMATIC1111's
 * API. A call costs nothing by default.
 */
public final class A1111GeneratorFactory extends HostedFactory {

    /** A factory; the service loader makes it. */
    public A1111GeneratorFactory() {
        super("a1111", CostClass.FREE);
    }

    @Override
    List<SettingKey> moreKeys() {
        return addressAndModel(new A1111Profile().defaultBaseUrl(), "");
    }

    @Override
    void configure(GeneratorSettings settings, OpenAiImageGenerator.Builder builder) {
        addressAndModel(settings, builder);
    }
}
