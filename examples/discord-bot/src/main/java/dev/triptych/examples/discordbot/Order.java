package dev.triptych.examples.discordbot;

import dev.triptych.Cancellation;
import java.util.Optional;

/**
 * One job of the bot, from the wish to the answer. The prompt is that of the wish, or of the picture whose button was
 * pressed.
 *
 * @param wish what is wanted
 * @param user who wants it
 * @param channel the channel's id
 * @param request the message that asked; {@code ""} for a slash command
 * @param prompt words and parameters, on one line
 * @param start a picture to start from: an attachment, or the tile that was pressed
 * @param progress a progress message that is there already; {@code ""} = none
 * @param cancellation the wish to stop
 */
record Order(
        Wish wish,
        String user,
        String channel,
        String request,
        String prompt,
        Optional<Picture> start,
        String progress,
        Cancellation cancellation) {

    /** An encoded picture that is fetched when its turn comes. */
    @FunctionalInterface
    interface Picture {
        /** The bytes. */
        byte[] fetch() throws java.io.IOException;
    }

    /** The pressed tile, 1 to 4; 0 = the whole picture. */
    int tile() {
        String button = wish.button();
        return button.matches("[UV][1-4]") ? button.charAt(1) - '0' : 0;
    }

    Order withProgress(String message) {
        return new Order(wish, user, channel, request, prompt, start, message, cancellation);
    }

    /** Without the prompt. */
    @Override
    public String toString() {
        return "Order[" + wish + " in " + channel + "]";
    }
}
