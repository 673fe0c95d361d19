package dev.triptych.discord;

import java.util.List;
import java.util.OptionalLong;

/**
 * What one message of an image bot says about a job.
 *
 * @param kind what it says
 * @param percent how far the job is, 0 to 100; −1 = not said
 * @param position how many jobs are before it; −1 = not said
 * @param failure why it failed; {@link Failure#NONE} where it did not
 * @param explanation a failure's own words; {@code ""} where there are none
 * @param single whether the picture is one, not a grid of four
 * @param tile the tile of the grid that was picked, 1 to 4; 0 = none
 * @param job the job that the message names; {@code ""} = none
 * @param seed the seed in the repeated prompt
 * @param ignored parameters that the bot could not follow
 */
record BotSignal(
        Kind kind,
        int percent,
        int position,
        Failure failure,
        String explanation,
        boolean single,
        int tile,
        String job,
        OptionalLong seed,
        List<String> ignored) {

    BotSignal {
        ignored = List.copyOf(ignored);
    }

    /** What a message says. */
    enum Kind {
        QUEUED,
        PROGRESS,
        DONE,
        FAILED,
        UNKNOWN
    }

    /** Why a job failed. */
    enum Failure {
        NONE,
        BAD_REQUEST,
        CONTENT_BLOCKED,
        BUSY,
        NOT_ALLOWED,
        ACCOUNT,
        HUMAN_NEEDED,
        STOPPED,
        BOT_FAILURE
    }
}
