package dev.triptych.openai;

import dev.triptych.CostClass;
import dev.triptych.ImageGenerator;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.config.SettingValue;
import dev.triptych.config.SettingValue.Kind;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Makes generators of {@code type: openai} from the configuration. */
public final class OpenAiGeneratorFactory implements GeneratorFactory {

    /** A factory; the service loader makes it. */
    public OpenAiGeneratorFactory() {}

    @Override
    public String type() {
        return "openai";
    }

    @Override
    public List<SettingKey> keys() {
        return List.of(
                SettingKey.of("profile", "openai", "the kind of server: " + String.join(", ", ServerProfiles.ids()))
                        .holding(SettingValue.oneOf(ServerProfiles.ids().toArray(String[]::new))),
                SettingKey.of(
                        "base-url",
                        "",
                        "where the server is, with the path above /images; the profile's own by default, must be set"
                                + " for azure and compatible"),
                SettingKey.secret("api-key", "the key; compatible servers may need none"),
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
                        "Azure's API version; 2025-04-01-preview with a deployment, preview without by default"),
                SettingKey.of("timeout", "10m", "the longest time for a request where its deadline is later")
                        .holding(Kind.DURATION),
                SettingKey.of("max-image-bytes", "64MiB", "the largest file of one picture")
                        .holding(Kind.BYTES),
                SettingKey.of("cost-class", "billed", "billed, or free: a lost call to a free server may be repeated")
                        .holding(SettingValue.oneOf("billed", "free")),
                SettingKey.of(
                                "capabilities",
                                "",
                                "fields of the model's row in our table that are known better, such as price, ends,"
                                        + " max-images or sizes")
                        .holding(Kind.MAP),
                SettingKey.of("headers", "", "headers sent with each call").holding(Kind.MAP),
                SettingKey.of("query", "", "parameters added to the address of each call")
                        .holding(Kind.MAP),
                SettingKey.of(
                        "proxy",
                        "",
                        "the proxy, such as http://proxy.example.com:3128 or socks5://host:1080; direct for none; by"
                                + " default what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say"),
                SettingKey.of("ca-file", "", "certificates in PEM that are trusted beside the Java runtime's"),
                SettingKey.of("options", "", "fields sent with each request as they are; null takes one away")
                        .holding(Kind.MAP));
    }

    @Override
    public List<String> hostedModels() {
        return ModelTable.described();
    }

    @Override
    public ImageGenerator create(GeneratorSettings settings) {
        OpenAiImageGenerator.Builder builder = OpenAiImageGenerator.builder().name(settings.name());
        settings.string("profile").ifPresent(builder::profile);
        settings.string("base-url").ifPresent(builder::baseUrl);
        settings.string("api-key").ifPresent(builder::apiKey);
        settings.string("model").ifPresent(builder::model);
        settings.string("organization").ifPresent(builder::organization);
        settings.string("project").ifPresent(builder::project);
        settings.string("deployment").ifPresent(builder::deployment);
        settings.string("api-version").ifPresent(builder::apiVersion);
        settings.duration("timeout").ifPresent(builder::timeout);
        settings.bytes("max-image-bytes").ifPresent(builder::maxImageBytes);
        settings.string("cost-class").ifPresent(word -> builder.costClass(costClass(settings, word)));
        settings.map("capabilities").forEach((field, value) -> builder.capability(field, value));
        settings.map("headers").forEach((header, value) -> builder.header(header, String.valueOf(value)));
        settings.map("query").forEach((parameter, value) -> builder.queryParameter(parameter, String.valueOf(value)));
        settings.string("proxy").ifPresent(builder::proxy);
        settings.string("ca-file").map(Path::of).ifPresent(builder::caFile);
        settings.map("options").forEach((field, value) -> builder.option(field, Json.ofSetting(value)));
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new ConfigException("generators." + settings.name() + "." + e.getMessage(), e);
        }
    }

    private static CostClass costClass(GeneratorSettings settings, String word) {
        return switch (word.strip().toLowerCase(Locale.ROOT)) {
            case "billed" -> CostClass.BILLED;
            case "free" -> CostClass.FREE;
            default -> throw settings.wrong("cost-class", "billed or free", word);
        };
    }
}
