package dev.triptych.discord;

import dev.triptych.ImageGenerator;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import dev.triptych.config.SettingValue;
import dev.triptych.config.SettingValue.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Makes the generator for {@code type: discord} in {@code triptych.yaml}. */
public final class DiscordGeneratorFactory implements GeneratorFactory {

    /** For {@link java.util.ServiceLoader}. */
    public DiscordGeneratorFactory() {}

    @Override
    public String type() {
        return "discord";
    }

    @Override
    public List<SettingKey> keys() {
        return List.of(
                SettingKey.secret("token", "The relay bot's token, such as ${env:DISCORD_TOKEN}."),
                SettingKey.of("channel", "", "The id of the channel that jobs are asked for in."),
                SettingKey.of(
                                "mode",
                                "self-hosted",
                                "Who makes the pictures: self-hosted (a bot) or handoff (a person).")
                        .holding(SettingValue.oneOf(Arrays.stream(DiscordMode.values())
                                .map(DiscordMode::word)
                                .toArray(String[]::new))),
                SettingKey.of(
                                "trusted-authors",
                                "",
                                "User ids of the bots whose messages count; in self-hosted mode the first one is asked.")
                        .holding(Kind.LIST),
                SettingKey.of("person", "", "In handoff mode, the user id of the person to call."),
                SettingKey.of(
                                "watch-channel",
                                "false",
                                "In handoff mode, pick results up from the channel; needs the MESSAGE CONTENT intent.")
                        .holding(Kind.BOOLEAN),
                SettingKey.of("rest-base", DiscordSettings.REST_BASE, "The REST API's address."),
                SettingKey.of("gateway-url", "", "The gateway's address; asked from the REST API when absent."),
                SettingKey.of(
                                "cdn-hosts",
                                String.join(", ", DiscordSettings.CDN_HOSTS),
                                "Hosts that pictures may be fetched from, each host or host:port.")
                        .holding(Kind.LIST),
                SettingKey.of("timeout", "10m", "How long a job may take.").holding(Kind.DURATION),
                SettingKey.of(
                                "reconcile-after",
                                "30s",
                                "How long a job may be silent before the channel is read again.")
                        .holding(Kind.DURATION),
                SettingKey.of("grace", "20s", "How long a withdrawn or ambiguous job waits for better news.")
                        .holding(Kind.DURATION),
                SettingKey.of("journal", "~/.triptych/discord", "The directory of the job journal.")
                        .holding(Kind.PATH),
                SettingKey.of("upload-limit", "10MiB", "The most bytes of one attachment; boosted servers allow more.")
                        .holding(Kind.BYTES),
                SettingKey.of("download-limit", "64MiB", "The most bytes of a picture to be fetched.")
                        .holding(Kind.BYTES),
                SettingKey.of("previews", "true", "Whether unfinished pictures are fetched and shown.")
                        .holding(Kind.BOOLEAN));
    }

    @Override
    public ImageGenerator create(GeneratorSettings settings) {
        return new DiscordImageGenerator(read(settings));
    }

    /**
     * The settings of a relay, from the configuration.
     *
     * @throws ConfigException if one is missing or cannot be used
     */
    public static DiscordSettings read(GeneratorSettings settings) {
        DiscordSettings.Builder builder = DiscordSettings.builder()
                .name(settings.name())
                .token(settings.required("token"))
                .channel(settings.required("channel"))
                .trustedAuthors(settings.strings("trusted-authors"));
        settings.string("mode").ifPresent(word -> builder.mode(mode(settings, word)));
        settings.string("person").ifPresent(builder::person);
        settings.bool("watch-channel").ifPresent(builder::watchChannel);
        settings.string("rest-base").ifPresent(builder::restBase);
        settings.string("gateway-url").ifPresent(builder::gatewayUrl);
        if (settings.has("cdn-hosts")) {
            builder.cdnHosts(settings.strings("cdn-hosts"));
        }
        settings.duration("timeout").ifPresent(builder::timeout);
        settings.duration("reconcile-after").ifPresent(builder::reconcileAfter);
        settings.duration("grace").ifPresent(builder::grace);
        settings.file("journal").ifPresent(builder::journal);
        settings.bytes("upload-limit").ifPresent(builder::uploadLimit);
        settings.bytes("download-limit").ifPresent(builder::downloadLimit);
        settings.bool("previews").ifPresent(builder::previews);
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new ConfigException("generators." + settings.name() + "." + e.getMessage(), e);
        } catch (IllegalStateException e) {
            throw new ConfigException("generators." + settings.name() + ".journal: " + e.getMessage(), e);
        }
    }

    private static DiscordMode mode(GeneratorSettings settings, String word) {
        return DiscordMode.named(word).orElseThrow(() -> settings.wrong("mode", words(), word));
    }

    private static String words() {
        return Arrays.stream(DiscordMode.values()).map(DiscordMode::word).collect(Collectors.joining(" or "));
    }
}
