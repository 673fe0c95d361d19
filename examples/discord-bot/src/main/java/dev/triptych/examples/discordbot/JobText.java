package dev.triptych.examples.discordbot;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The words of the bot's messages, in the form that people know from Midjourney: {@code **prompt** - <@person> (…)}.
 */
final class JobText {

    private static final Pattern UNFINISHED = Pattern.compile("\\((?:Waiting to start[^)]*|paused|\\d{1,3}%)\\)");
    private static final Pattern JOB = Pattern.compile("(?m)^-# job ([a-z0-9]{8,20})\\s*$");
    private static final Pattern PERSON = Pattern.compile("<@!?(\\d+)>");
    private static final Pattern PRESS = Pattern.compile("(?m)^-# pressed (\\S{1,20}) of (\\d{1,20})\\s*$");
    private static final int MOST_IGNORED = 300;
    /**
     * The longest prompt: what is left of Discord's 2000 characters, which are code points, when everything else that a
     * message of ours can hold is taken off.
     */
    static final int MOST_PROMPT = 1600;

    private static final int MOST_EXPLANATION = 1000;

    private JobText() {}

    static String waiting(ImageJob job, int ahead) {
        String state = ahead == 0 ? "(Waiting to start)" : "(Waiting to start, " + ahead + " ahead)";
        return line(job, state, List.of()) + pressedLine(job);
    }

    static String progress(ImageJob job, int percent) {
        return line(job, "(" + percent + "%) (fast)", List.of()) + pressedLine(job);
    }

    /** A pressed button leaves no message but ours, so that says which it was. */
    private static String pressedLine(ImageJob job) {
        boolean button = job.request().isEmpty() && !job.pressed().isEmpty();
        return button ? "\n-# pressed " + job.instruction().button() + " of " + job.pressed() : "";
    }

    static String done(ImageJob job, boolean single, List<String> ignored) {
        boolean plain = single && !job.instruction().isPress();
        return line(job, plain ? "(one picture) (fast)" : "(fast)", ignored);
    }

    static String stopped(ImageJob job) {
        return line(job, "(Stopped)", List.of());
    }

    private static String line(ImageJob job, String state, List<String> ignored) {
        String text =
                "**" + job.prompt() + "** - " + what(job.instruction().button()) + "<@" + job.user() + "> " + state;
        if (!ignored.isEmpty()) {
            String all = String.join(", ", ignored);
            text += "\n-# ignored: " + cut(all, MOST_IGNORED);
        }
        return job.instruction().job().isEmpty()
                ? text
                : text + "\n-# job " + job.instruction().job();
    }

    private static String what(String button) {
        if (button.startsWith("U")) {
            return "Image #" + button.substring(1) + " ";
        }
        return button.startsWith("V") ? "Variations by " : "";
    }

    /**
     * Holds {@code prompt} against what a message of ours can repeat.
     *
     * @throws IllegalArgumentException if it is too long
     */
    static void check(String prompt) {
        int length = prompt.codePointCount(0, prompt.length());
        if (length > MOST_PROMPT) {
            throw new IllegalArgumentException(
                    "prompt must be at most " + MOST_PROMPT + " characters but was " + length);
        }
    }

    /** {@code explanation}, not longer than a note should be. */
    static String brief(String explanation) {
        return cut(explanation, MOST_EXPLANATION);
    }

    private static String cut(String text, int most) {
        return text.codePointCount(0, text.length()) <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, most));
    }

    /** The button that one of our messages is about, and the message below which it was pressed. */
    record Pressed(String button, String message) {}

    static Optional<Pressed> pressed(String content) {
        Matcher matcher = PRESS.matcher(tail(content));
        return matcher.find() ? Optional.of(new Pressed(matcher.group(1), matcher.group(2))) : Optional.empty();
    }

    /** The prompt that one of our messages repeats; {@code ""} where it repeats none. */
    static String promptOf(String content) {
        int end = content.lastIndexOf("**");
        return end < 2 || !content.startsWith("**") ? "" : content.substring(2, end);
    }

    /** Whether one of our messages says that the job goes on. */
    static boolean isUnfinished(String content) {
        return UNFINISHED.matcher(tail(content)).find();
    }

    static String jobOf(String content) {
        Matcher matcher = JOB.matcher(tail(content));
        return matcher.find() ? matcher.group(1) : "";
    }

    static String personOf(String content) {
        Matcher matcher = PERSON.matcher(tail(content));
        return matcher.find() ? matcher.group(1) : "";
    }

    private static String tail(String content) {
        return content.substring(Math.max(0, content.lastIndexOf("**")));
    }
}
