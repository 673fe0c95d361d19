package dev.triptych.examples.discordbot;

import java.util.List;
import java.util.Optional;

/** What the bot says about its jobs. Each call returns when Discord has it. */
interface JobMessages {

    /**
     * Posts the first message of a job, or changes the one that is there; returns its id. Said again, it is posted
     * once.
     *
     * @throws Undeliverable if it could not be posted
     */
    String begin(ImageJob job, String text) throws Undeliverable;

    /** Changes the progress message. A failure here does no harm, and is only logged. */
    void progress(ImageJob job, String text, Optional<byte[]> preview);

    /**
     * Posts the picture and its buttons, then takes the progress message away. Said again, it is posted once.
     *
     * @throws Undeliverable if it could not be posted
     */
    void finish(ImageJob job, String text, byte[] picture, List<String> buttons) throws Undeliverable;

    /**
     * Posts a note that there will be no picture. Said again, it is posted once.
     *
     * @throws Undeliverable if it could not be posted
     */
    void refuse(ImageJob job, String title, String explanation) throws Undeliverable;

    /** Why nothing can be said in the job's channel, so that nothing should be painted for it; empty where it can. */
    Optional<String> obstacle(ImageJob job);

    /** A message that Discord does not have. */
    final class Undeliverable extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean worthRepeating;

        /** @param worthRepeating whether the same call may succeed soon */
        Undeliverable(String message, boolean worthRepeating, Throwable cause) {
            super(message, cause);
            this.worthRepeating = worthRepeating;
        }

        boolean isWorthRepeating() {
            return worthRepeating;
        }
    }
}
