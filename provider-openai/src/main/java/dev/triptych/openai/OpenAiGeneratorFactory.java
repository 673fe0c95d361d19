package dev.triptych.openai;

import dev.triptych.CostClass;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.config.SettingValue;
import java.util.List;

/** Makes generators of {@code type: openai} from the configuration. */
public final class OpenAiGeneratorFactory extends HostedFactory {

    /** A factory; the service loader makes it. */
    public OpenAiGeneratorFactory() {
        super("openai", CostClass.BILLED);
    }

    @Override
    public List<String> hostedModels() {
        return ModelTable.described();
    }

    @Override
    List<SettingKey> moreKeys() {
        return List.of(
                SettingKey.of("profile", "openai", "the kind of server: " + String.join(", ", ServerProfiles.ids()))
                        .holding(SettingValue.oneOf(ServerProfiles.ids().toArray(String[]::new))),
                SettingKey.of(
                        "base-url",
                        "",
                        "where the server is, with the path above /images; the profile's own by default, must be set"
                                + " for azure and compatible"),
                SettingKey.of(
                        "model",
                        "",
                        "the model as the server calls it; by default gpt-image-2.6-flare, core for stability, the"
                                + " server's own for compatible; must be set for huggingface"),
                SettingKey.of("organization", "", "OpenAI's organisation id"),
                SettingKey.of("project", "", "OpenAI's project id"),
                SettingKey.of("deployment", "", "Azure's deployment; without one, model is sent to Azure's v1 API"),
                SettingKey.of(
                        "api-version",
                        "",
                        "Azure's API version; 2025-04-01-preview with a deployment, preview without by default"));
    }

    @Override
    void configure(GeneratorSettings settings, OpenAiImageGenerator.Builder builder) {
        addressAndModel(settings, builder);
        settings.string("profile").ifPresent(builder::profile);
        settings.string("organization").ifPresent(builder::organization);
        settings.string("project").ifPresent(builder::project);
        settings.string("deployment").ifPresent(builder::deployment);
        settings.string("api-version").ifPresent(builder::apiVersion);
    }
}
