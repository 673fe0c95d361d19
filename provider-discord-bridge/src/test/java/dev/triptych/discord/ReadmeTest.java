package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorFactory;
import dev.triptych.config.GeneratorSettings;
import dev.triptych.config.SettingKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    @Test
    void listsEveryKeyWithItsDefault() throws IOException {
        List<String> rows = Files.readAllLines(Path.of("README.md"));

        for (SettingKey key : new DiscordGeneratorFactory().keys()) {
            assertThat(rows)
                    .as(key.name())
                    .anyMatch(row -> row.startsWith("| `" + key.name() + "` | ")
                            && (key.standard().isEmpty() || row.contains("| `" + key.standard() + "` |")));
        }
    }

    @Test
    void findsTheFactoryOnTheClassPath() {
        assertThat(ServiceLoader.load(GeneratorFactory.class))
                .anyMatch(factory -> factory.type().equals("discord"));
    }

    @Test
    void readsEveryKey() {
        DiscordSettings settings = DiscordGeneratorFactory.read(GeneratorSettings.of(
                "artist",
                Map.ofEntries(
                        Map.entry("token", "t"),
                        Map.entry("channel", "12"),
                        Map.entry("mode", "handoff"),
                        Map.entry("person", "34"),
                        Map.entry("watch-channel", "true"),
                        Map.entry("rest-base", "http://127.0.0.1:8080/api/v10"),
                        Map.entry("gateway-url", "ws://localhost:8080"),
                        Map.entry("cdn-hosts", List.of("127.0.0.1:8080")),
                        Map.entry("timeout", "5m"),
                        Map.entry("reconcile-after", "10s"),
                        Map.entry("grace", "3s"),
                        Map.entry("journal", "~/jobs"),
                        Map.entry("upload-limit", "25MiB"),
                        Map.entry("download-limit", "32MiB"),
                        Map.entry("previews", "false"))));

        assertThat(settings.mode()).isEqualTo(DiscordMode.HANDOFF);
        assertThat(settings.trustedAuthors()).containsExactly(DiscordSettings.MIDJOURNEY_BOT);
        assertThat(settings.restBase().toString()).isEqualTo("http://127.0.0.1:8080/api/v10/");
        assertThat(settings.journal()).isEqualTo(Path.of(System.getProperty("user.home"), "jobs"));
        assertThat(settings.uploadLimit()).isEqualTo(25 << 20);
        assertThat(settings.previews()).isFalse();
        assertThat(settings).hasToString("DiscordSettings[artist, handoff, channel 12, 127.0.0.1]");
    }

    @Test
    void saysWhatIsWrongWithAKey() {
        assertThat(wrong(Map.of("token", "t", "channel", "art")))
                .isEqualTo("generators.artist.channel must be an id, all digits, but was \"art\"");
        assertThat(wrong(Map.of("token", "t", "channel", "12")))
                .isEqualTo("generators.artist.trusted-authors must name the image bot's user id but was empty");
        assertThat(wrong(Map.of("token", "t", "channel", "12", "mode", "user")))
                .isEqualTo("generators.artist.mode must be self-hosted or handoff but was \"user\"");
        assertThat(wrong(Map.of(
                        "token", "t", "channel", "12", "trusted-authors", "3", "rest-base", "http://example.com/")))
                .isEqualTo("generators.artist.rest-base must be https or wss unless it is on this machine but host"
                        + " \"example.com\" is not");
    }

    private static String wrong(Map<String, String> values) {
        try {
            DiscordGeneratorFactory.read(GeneratorSettings.of("artist", values));
            throw new AssertionError("nothing was wrong");
        } catch (ConfigException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
