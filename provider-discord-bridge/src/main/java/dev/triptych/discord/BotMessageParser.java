package dev.triptych.discord;

import dev.triptych.discord.BotSignal.Failure;
import dev.triptych.discord.BotSignal.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads an image bot's messages: Midjourney's, and those of our own bot, which keeps to the same form.
 *
 * <p>The form is {@code **prompt** - what <@person> (more) (more)}, and perhaps further lines. The prompt may hold
 * anything, so everything is read from the last {@code **} on, and nothing is expected at the end.
 */
final class BotMessageParser {

    private static final Pattern PERCENT = Pattern.compile("\\((\\d{1,3})%\\)");
    private static final Pattern WAITING = Pattern.compile("\\((?:Waiting to start|paused)(?:, (\\d{1,6}) ahead)?\\)");
    private static final Pattern STOPPED = Pattern.compile("\\(Stopped\\)");
    private static final Pattern PICKED = Pattern.compile("Image #(\\d)");
    private static final Pattern SINGLE = Pattern.compile("Image #\\d|Upscal(?:ed|ing)|\\(one picture\\)");
    private static final Pattern JOB = Pattern.compile("(?m)^-# job ([a-z0-9]{8,20})\\s*$");
    private static final Pattern IGNORED = Pattern.compile("(?m)^-# ignored: (.{1,400})$");
    private static final int MOST_EXPLANATION = 200;

    /** First words of the titles that image bots give their notes, in lower case. */
    private static final Map<String, Failure> TITLES = Map.ofEntries(
            Map.entry("invalid parameter", Failure.BAD_REQUEST),
            Map.entry("invalid prompt", Failure.BAD_REQUEST),
            Map.entry("invalid link", Failure.BAD_REQUEST),
            Map.entry("invalid request", Failure.BAD_REQUEST),
            Map.entry("empty prompt", Failure.BAD_REQUEST),
            Map.entry("duplicate images detected", Failure.BAD_REQUEST),
            Map.entry("banned prompt", Failure.CONTENT_BLOCKED),
            Map.entry("banned image prompt", Failure.CONTENT_BLOCKED),
            Map.entry("action needed to continue", Failure.CONTENT_BLOCKED),
            Map.entry("request cancelled due to", Failure.CONTENT_BLOCKED),
            Map.entry("queue full", Failure.BUSY),
            Map.entry("job action restricted", Failure.NOT_ALLOWED),
            Map.entry("pending mod message", Failure.ACCOUNT),
            Map.entry("blocked", Failure.ACCOUNT),
            Map.entry("plan cancelled", Failure.ACCOUNT),
            Map.entry("subscription required", Failure.ACCOUNT),
            Map.entry("subscription paused", Failure.ACCOUNT),
            Map.entry("credits exhausted", Failure.ACCOUNT),
            Map.entry("tos not accepted", Failure.ACCOUNT),
            Map.entry("action required to continue", Failure.HUMAN_NEEDED),
            Map.entry("please complete the task", Failure.HUMAN_NEEDED),
            Map.entry("generation failed", Failure.BOT_FAILURE));

    private static final String JOB_QUEUED = "job queued";
    private static final int RED = 0xFF0000;

    private BotMessageParser() {}

    /** What {@code message} says. */
    static BotSignal parse(Message message) {
        String content = message.content();
        int end = content.lastIndexOf("**");
        String repeated = end < 0 ? "" : content.substring(0, end);
        String tail = end < 0 ? content : content.substring(end + 2);
        for (Message.Embed embed : message.embeds()) {
            Kind kind = kindOf(embed);
            if (kind != Kind.UNKNOWN) {
                return signal(kind, failureOf(embed), explanationOf(embed), repeated, tail);
            }
        }
        if (content.startsWith("Failed to process your command")) {
            return signal(Kind.FAILED, Failure.BOT_FAILURE, "the bot failed to process the command", repeated, tail);
        }
        if (STOPPED.matcher(tail).find()) {
            return signal(Kind.FAILED, Failure.STOPPED, "the job was stopped", repeated, tail);
        }
        return signal(kindOf(message, tail, end >= 0), Failure.NONE, "", repeated, tail);
    }

    private static Kind kindOf(Message message, String tail, boolean repeatsPrompt) {
        if (WAITING.matcher(tail).find()) {
            return Kind.QUEUED;
        }
        if (PERCENT.matcher(tail).find()) {
            return Kind.PROGRESS;
        }
        return repeatsPrompt && !message.images().isEmpty() ? Kind.DONE : Kind.UNKNOWN;
    }

    private static Kind kindOf(Message.Embed embed) {
        String title = embed.title().toLowerCase(Locale.ROOT);
        if (title.startsWith(JOB_QUEUED)) {
            return Kind.QUEUED;
        }
        return failureOf(embed) == Failure.NONE ? Kind.UNKNOWN : Kind.FAILED;
    }

    private static Failure failureOf(Message.Embed embed) {
        String title = embed.title().toLowerCase(Locale.ROOT);
        for (Map.Entry<String, Failure> known : TITLES.entrySet()) {
            if (title.startsWith(known.getKey())) {
                return known.getValue();
            }
        }
        if (title.contains("verify you're human")) {
            return Failure.HUMAN_NEEDED;
        }
        return embed.color() == RED ? Failure.BOT_FAILURE : Failure.NONE;
    }

    /** The title only: a description may quote the prompt. */
    private static String explanationOf(Message.Embed embed) {
        String title = embed.title().isBlank() ? "an error without a title" : embed.title();
        return title.length() <= MOST_EXPLANATION ? title : title.substring(0, MOST_EXPLANATION);
    }

    private static BotSignal signal(Kind kind, Failure failure, String explanation, String repeated, String tail) {
        return new BotSignal(
                kind,
                Math.min(100, firstNumber(PERCENT, tail)),
                firstNumber(WAITING, tail),
                failure,
                explanation,
                SINGLE.matcher(tail).find(),
                Math.max(0, firstNumber(PICKED, tail)),
                firstText(JOB, tail),
                repeated.isEmpty() ? OptionalLong.empty() : ImagineCommand.lastSeed(repeated),
                ignored(tail));
    }

    private static int firstNumber(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() && matcher.group(1) != null ? Integer.parseInt(matcher.group(1)) : -1;
    }

    private static String firstText(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }

    private static List<String> ignored(String tail) {
        List<String> all = new ArrayList<>();
        Matcher matcher = IGNORED.matcher(tail);
        while (matcher.find()) {
            all.addAll(List.of(matcher.group(1).strip().split(", ")));
        }
        return all;
    }
}
