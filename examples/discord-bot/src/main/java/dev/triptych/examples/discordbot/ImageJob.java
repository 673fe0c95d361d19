package dev.triptych.examples.discordbot;

import dev.triptych.Cancellation;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

/**
 * One job of the bot, from the instruction to the answer. The prompt is that of the instruction, or of the picture
 * whose button was pressed. Thread-safe.
 */
final class ImageJob {

    private final Instruction instruction;
    private final String user;
    private final String channel;
    private final String request;
    private final String pressed;
    private final String prompt;
    private final Optional<Picture> start;
    private final String nonce = UUID.randomUUID().toString().replace("-", "").substring(0, 16);
    private final Cancellation cancellation = new Cancellation();
    private final CountDownLatch announced = new CountDownLatch(1);
    private volatile String progress;

    /** An encoded picture that is fetched when its turn comes. */
    @FunctionalInterface
    interface Picture {
        /** The bytes. */
        byte[] fetch() throws java.io.IOException;
    }

    /**
     * A job that nobody has been told of.
     *
     * @param instruction what is wanted
     * @param user who wants it
     * @param channel the channel's id
     * @param request the message that asked; {@code ""} for a slash command or a button
     * @param pressed the message whose button was pressed; {@code ""} = none
     * @param prompt words and parameters, on one line
     * @param start a picture to start from: an attachment, or the one whose button was pressed
     * @param progress a progress message that is there already; {@code ""} = none
     */
    ImageJob(
            Instruction instruction,
            String user,
            String channel,
            String request,
            String pressed,
            String prompt,
            Optional<Picture> start,
            String progress) {
        this.instruction = instruction;
        this.user = user;
        this.channel = channel;
        this.request = request;
        this.pressed = pressed;
        this.prompt = prompt;
        this.start = start;
        this.progress = progress;
    }

    Instruction instruction() {
        return instruction;
    }

    String user() {
        return user;
    }

    String channel() {
        return channel;
    }

    String request() {
        return request;
    }

    String pressed() {
        return pressed;
    }

    /** Random, and the same for each attempt to say something of this job: 16 hexadecimal digits. */
    String nonce() {
        return nonce;
    }

    String prompt() {
        return prompt;
    }

    Optional<Picture> start() {
        return start;
    }

    /** The wish to stop. */
    Cancellation cancellation() {
        return cancellation;
    }

    /** The message that tells of its progress; {@code ""} = none. */
    String progress() {
        return progress;
    }

    /** What tells this job from every other, and is the same when it is read from the channel again; may be empty. */
    String key() {
        if (!instruction.job().isEmpty()) {
            return instruction.job();
        }
        return request.isEmpty() ? progress : request;
    }

    /** The first message is on Discord as {@code message}, or ({@code ""}) could not be posted; the work may begin. */
    void announced(String message) {
        if (!message.isEmpty()) {
            progress = message;
        }
        announced.countDown();
    }

    /** Waits for {@link #announced}, so that nothing is said of the job before its first message. */
    void awaitAnnounced() throws InterruptedException {
        announced.await();
    }

    /** The pressed tile, 1 to 4; 0 = the whole picture. */
    int tile() {
        String button = instruction.button();
        return button.matches("[UV][1-4]") ? button.charAt(1) - '0' : 0;
    }

    /** Without the prompt. */
    @Override
    public String toString() {
        return "ImageJob[" + instruction + " in " + channel + "]";
    }
}
