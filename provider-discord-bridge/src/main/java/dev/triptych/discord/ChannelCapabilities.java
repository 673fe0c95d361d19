package dev.triptych.discord;

import dev.triptych.Capabilities;
import dev.triptych.CostClass;
import dev.triptych.Operation;
import dev.triptych.Parameter;
import java.util.Set;

/** What an image bot in a channel can do. */
final class ChannelCapabilities {

    /** Pictures in a grid. */
    static final int TILES = 4;
    /**
     * What is left of Discord's 2000 characters when the message's own words and the bot's repetition are taken off.
     */
    static final int MOST_CHARACTERS = 1600;

    /** The option that names a button by its label. */
    static final String BUTTON = "discord.button";
    /** The option that keeps a grid in one piece. */
    static final String WHOLE_GRID = "discord.whole-grid";

    private ChannelCapabilities() {}

    /**
     * What can be asked in {@code mode}. A call counts as billed, since nobody here knows what stands behind the bot;
     * repeating it is safe all the same, since the job is found again.
     */
    static Capabilities of(DiscordMode mode) {
        return of(mode, MOST_CHARACTERS);
    }

    static Capabilities of(DiscordMode mode, int mostPromptCharacters) {
        Capabilities.Builder builder = Capabilities.builder()
                .operations(Operation.VARIATION, Operation.UPSCALE)
                .honours(
                        Parameter.NEGATIVE_PROMPT,
                        Parameter.ASPECT_RATIO,
                        Parameter.SEED,
                        Parameter.QUALITY,
                        Parameter.STYLE)
                .maxImagesPerCall(TILES)
                .qualities(Set.of("0.25", "0.5", "1", "2", "4"))
                .styles(Set.of("raw", "cute", "scenic", "expressive", "original"))
                .maxPromptCharacters(mostPromptCharacters)
                .options(
                        "discord",
                        Set.of(
                                "discord.stylize",
                                "discord.chaos",
                                "discord.weird",
                                "discord.niji",
                                "discord.iw",
                                "discord.tile",
                                "discord.v",
                                "discord.raw",
                                "discord.stop",
                                BUTTON,
                                WHOLE_GRID))
                .costClass(CostClass.BILLED)
                .reconcilable(true)
                .previews(true);
        if (mode == DiscordMode.SELF_HOSTED) {
            builder.operations(Operation.IMAGE_TO_IMAGE)
                    .honours(Parameter.STRENGTH)
                    .maxInputs(1);
        }
        return builder.build();
    }
}
