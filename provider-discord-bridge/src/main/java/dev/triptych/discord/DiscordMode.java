package dev.triptych.discord;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Who makes the pictures. No mode drives a person's account: Discord forbids that. */
public enum DiscordMode {
    /** An image bot on one's own server, such as the one in {@code examples/discord-bot}. */
    SELF_HOSTED,
    /** A person, who runs the command by hand with their own account at an image service. */
    HANDOFF;

    /** The word in the configuration. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The mode called {@code word} in the configuration. */
    public static Optional<DiscordMode> named(String word) {
        return Arrays.stream(values()).filter(mode -> mode.word().equals(word)).findFirst();
    }
}
