package dev.triptych.openai;

import dev.triptych.CostClass;
import dev.triptych.ImageGenerator;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.config.SettingValue;
import dev.triptych.config.SettingValue.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Makes generators of one type from the configuration, whose server is always of one profile. */
abstract class HostedFactory implements GeneratorFactory {

    private final String type;
    private final CostClass costClass;

    /** A factory of {@code type}, whose profile is called the same; a call costs money by default or it does not. */
    HostedFactory(String type, CostClass costClass) {
        this.type = type;
        this.costClass = costClass;
    }

    @Override
    public String type() {
        return type;
    }

    /** The keys that this type has beyond those of all. */
    List<SettingKey> moreKeys() {
        return List.of();
    }

    /** Reads {@link #moreKeys()}. */
    void configure(GeneratorSettings settings, OpenAiImageGenerator.Builder builder) {}

    @Override
    public final List<SettingKey> keys() {
        String usual = costClass.name().toLowerCase(Locale.ROOT);
        List<SettingKey> keys = new ArrayList<>(moreKeys());
        keys.addAll(List.of(
                SettingKey.secret("api-key", "the key; servers of one's own may need none"),
                SettingKey.secret("bearer-token", "a token that goes into Authorization in place of the key"),
                SettingKey.of("timeout", "10m", "the longest time for a request where its deadline is later")
                        .holding(Kind.DURATION),
                SettingKey.of("max-image-bytes", "64MiB", "the largest file of one picture")
                        .holding(SettingValue.between(Kind.BYTES, "1", "2047MiB")),
                SettingKey.of("cost-class", usual, "billed, or free: a lost call to a free server may be repeated")
                        .holding(SettingValue.oneOf("billed", "free")),
                SettingKey.of(
                                "capabilities",
                                "",
                                "fields of the model's row in our table that are known better, such as price, ends,"
                                        + " max-images or sizes")
                        .holding(Kind.MAP),
                SettingKey.of(
                                "mark",
                                "true",
                                "whether a picture that says nothing of its source is marked as made by a model (XMP); one"
                                        + " that is signed is never altered")
                        .holding(Kind.BOOLEAN),
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
                        .holding(Kind.MAP)));
        return keys;
    }

    @Override
    public final ImageGenerator create(GeneratorSettings settings) {
        OpenAiImageGenerator.Builder builder =
                OpenAiImageGenerator.builder().name(settings.name()).costClass(costClass);
        builder.profile(type);
        configure(settings, builder);
        settings.string("api-key").ifPresent(builder::apiKey);
        settings.string("bearer-token").ifPresent(token -> builder.bearerToken(() -> token));
        settings.duration("timeout").ifPresent(builder::timeout);
        settings.bytes("max-image-bytes").ifPresent(builder::maxImageBytes);
        settings.string("cost-class").ifPresent(word -> builder.costClass(costClass(settings, word)));
        settings.bool("mark").ifPresent(builder::mark);
        settings.map("capabilities").forEach((field, value) -> builder.capability(field, value));
        settings.map("headers").forEach((header, value) -> builder.header(header, String.valueOf(value)));
        settings.map("query").forEach((parameter, value) -> builder.queryParameter(parameter, String.valueOf(value)));
        settings.string("proxy").ifPresent(builder::proxy);
        settings.file("ca-file").ifPresent(builder::caFile);
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

    /** The keys {@code base-url} and {@code model} of a type that has a usual server. */
    static List<SettingKey> addressAndModel(String baseUrl, String model) {
        return List.of(
                SettingKey.of("base-url", baseUrl, "where the server is"),
                SettingKey.of("model", model, "the model as the server calls it"));
    }

    /** The keys of a type whose server, of {@code profile}, takes jobs. */
    static List<SettingKey> jobKeys(ServerProfile profile) {
        List<SettingKey> keys = new ArrayList<>(addressAndModel(profile.defaultBaseUrl(), profile.defaultModel()));
        keys.add(SettingKey.of(
                        "jobs",
                        "~/.local/state/triptych/jobs",
                        "where jobs are written down, so that another process can fetch their pictures; several"
                                + " processes may share it")
                .holding(Kind.PATH));
        return keys;
    }

    /** Reads {@link #jobKeys}. */
    static void jobSettings(GeneratorSettings settings, OpenAiImageGenerator.Builder builder) {
        addressAndModel(settings, builder);
        settings.file("jobs").ifPresent(builder::jobs);
    }

    /** Reads {@code base-url} and {@code model}. */
    static void addressAndModel(GeneratorSettings settings, OpenAiImageGenerator.Builder builder) {
        settings.string("base-url").ifPresent(builder::baseUrl);
        settings.string("model").ifPresent(builder::model);
    }
}
