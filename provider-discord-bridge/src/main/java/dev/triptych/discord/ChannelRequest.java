package dev.triptych.discord;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageRequest;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A request that was checked and put into the words of the channel.
 *
 * @param effective what will be asked
 * @param warnings how that differs from what was wanted
 * @param command the words and parameters, as the caller gave them
 * @param seed the caller's, or one by chance where there is none
 * @param uploads input pictures
 * @param reference the earlier picture that is meant, if one is
 */
record ChannelRequest(
        ImageRequest effective,
        List<GenerationWarning> warnings,
        ImagineCommand command,
        long seed,
        List<Upload> uploads,
        Optional<PictureId> reference) {

    ChannelRequest {
        warnings = List.copyOf(warnings);
        uploads = List.copyOf(uploads);
    }

    /** The command with a seed in it: the caller's, or else {@code posted}, which a job of an earlier call may have. */
    ImagineCommand seeded(OptionalLong posted) {
        return command.seed().isPresent()
                ? command
                : command.with(ImagineParameter.SEED, Long.toString(posted.orElse(seed)));
    }

    /** Whether the caller wants the grid as it is. */
    boolean keepsGrid() {
        return "true".equals(effective.options().get(ChannelCapabilities.WHOLE_GRID));
    }

    /** The label of the button that the caller names, if any. */
    Optional<String> button() {
        return Optional.ofNullable(effective.options().get(ChannelCapabilities.BUTTON));
    }

    /** Without the prompt. */
    @Override
    public String toString() {
        return "ChannelRequest[" + effective.operation() + ", " + command + "]";
    }
}
