package dev.triptych.examples.discordbot;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The words of the bot's messages, in the form that people know from Midjourney: {@code **prompt** - <@person> (…)}.
 */
final class Replies {

    private static final Pattern UNFINISHED = Pattern.compile("\\((?:Waiting to start[^)]*|paused|\\d{1,3}%)\\)");
    private static final Pattern JOB = Pattern.compile("(?m)^-# job ([a-z0-9]{8,20})\\s*$");
    private static final Pattern PERSON = Pattern.compile("<@!?(\\d+)>");
    private static final int MOST_IGNORED = 300;

    private Replies() {}

    static String waiting(Order order, int ahead) {
        return line(order, ahead == 0 ? "(Waiting to start)" : "(Waiting to start, " + ahead + " ahead)", List.of());
    }

    static String progress(Order order, int percent) {
        return line(order, "(" + percent + "%) (fast)", List.of());
    }

    static String done(Order order, boolean single, List<String> ignored) {
        boolean plain = single && !order.wish().isPress();
        return line(order, plain ? "(one picture) (fast)" : "(fast)", ignored);
    }

    static String stopped(Order order) {
        return line(order, "(Stopped)", List.of());
    }

    private static String line(Order order, String state, List<String> ignored) {
        String text =
                "**" + order.prompt() + "** - " + what(order.wish().button()) + "<@" + order.user() + "> " + state;
        if (!ignored.isEmpty()) {
            String all = String.join(", ", ignored);
            text += "\n-# ignored: " + (all.length() <= MOST_IGNORED ? all : all.substring(0, MOST_IGNORED));
        }
        return order.wish().job().isEmpty()
                ? text
                : text + "\n-# job " + order.wish().job();
    }

    private static String what(String button) {
        if (button.startsWith("U")) {
            return "Image #" + button.substring(1) + " ";
        }
        return button.startsWith("V") ? "Variations by " : "";
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
