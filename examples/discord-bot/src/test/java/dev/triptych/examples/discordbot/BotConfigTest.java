package dev.triptych.examples.discordbot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BotConfigTest {

    @TempDir
    Path directory;

    private BotConfig load(String yaml) throws IOException {
        return BotConfig.load(Files.writeString(directory.resolve("bot.yaml"), yaml));
    }

    @Test
    void fillsInWhatIsNotSaid() throws IOException {
        BotConfig config = load("token: abc\nchannels: \"12\"\nrelays: [\"34\", \"56\"]\n");

        assertThat(config.restBase()).isEqualTo("https://discord.com/api/v10/");
        assertThat(config.channels()).containsExactly("12");
        assertThat(config.relays()).containsExactly("34", "56");
        assertThat(config.queuePerUser()).isEqualTo(3);
        assertThat(config.toString()).doesNotContain("abc");
    }

    @Test
    void takesTheTokenFromAFile() throws IOException {
        Path secret = Files.writeString(directory.resolve("token"), "abc\n");

        assertThat(load("token: ${file:" + secret + "}\n").token()).isEqualTo("abc");
    }

    @Test
    void namesAKeyThatItDoesNotKnow() {
        assertThatThrownBy(() -> load("token: abc\nchanels: [\"12\"]\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("bot configuration must have keys of [adult-words, ")
                .hasMessageEndingWith(" but has \"chanels\"");
    }

    @Test
    void asksForAToken() {
        assertThatThrownBy(() -> load("channels: [\"12\"]\n")).hasMessage("token must be set but was not");
    }

    @Test
    void asksForWholeNumbers() {
        assertThatThrownBy(() -> load("token: abc\nsteps: many\n"))
                .hasMessage("steps must be a whole number of at least 1 but was \"many\"");
        assertThatThrownBy(() -> load("token: abc\nqueue-total: 0\n"))
                .hasMessage("queue-total must be a whole number of at least 1 but was \"0\"");
        assertThatThrownBy(() -> load("token: abc\nsteps: 1001\n"))
                .hasMessage("steps must be at most 1000 but was \"1001\"");
        assertThatThrownBy(() -> load("token: abc\nedit-every-ms: 99999999999\n"))
                .hasMessage("edit-every-ms must be at most 600000 but was \"99999999999\"");
    }
}
