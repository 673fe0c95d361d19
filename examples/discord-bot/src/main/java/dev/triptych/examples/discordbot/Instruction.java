package dev.triptych.examples.discordbot;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What somebody asked for: pictures of a prompt, or a button pressed below an earlier picture.
 *
 * @param job the relay's name for the job; {@code ""} where a person asked
 * @param images 1, or 4 for a grid
 * @param prompt the words and parameters; {@code ""} for a press
 * @param button the label that was pressed; {@code ""} for a prompt
 */
record Instruction(String job, int images, String prompt, String button) {

    private static final Pattern IMAGINE = Pattern.compile(
            "(?is)^imagine\\b\\s*(?:job=([a-z0-9]{8,20})\\s+)?(?:images=([14])\\s+)?(?:prompt:\\s*)?(.*)$");
    private static final Pattern PRESS =
            Pattern.compile("(?is)^press\\b\\s*(?:job=([a-z0-9]{8,20})\\s+)?(?:button:\\s*)?(\\S.*)$");
    private static final Pattern SHORT = Pattern.compile("(?i)^(U[1-4]|V[1-4]|R|🔄)$");
    static final String REROLL = "🔄";

    /** The instruction in a message that mentions the bot {@code self}; empty where it holds none. */
    static Optional<Instruction> parse(String content, String self) {
        Matcher mention =
                Pattern.compile("^\\s*<@!?" + Pattern.quote(self) + ">\\s*").matcher(content);
        if (!mention.find()) {
            return Optional.empty();
        }
        String text = content.substring(mention.end()).strip();
        Matcher imagine = IMAGINE.matcher(text);
        if (imagine.matches()) {
            int images = imagine.group(2) == null ? 4 : Integer.parseInt(imagine.group(2));
            return Optional.of(new Instruction(orEmpty(imagine.group(1)), images, oneLine(imagine.group(3)), ""));
        }
        Matcher press = PRESS.matcher(text);
        if (press.matches()) {
            return Optional.of(new Instruction(
                    orEmpty(press.group(1)), 4, "", press.group(2).strip()));
        }
        Matcher brief = SHORT.matcher(text);
        if (brief.matches()) {
            String label = brief.group(1).toUpperCase(java.util.Locale.ROOT);
            return Optional.of(new Instruction("", 4, "", label.equals("R") ? REROLL : label));
        }
        return Optional.empty();
    }

    static Instruction imagine(String prompt) {
        return new Instruction("", 4, oneLine(prompt), "");
    }

    static Instruction press(String button) {
        return new Instruction("", 4, "", button);
    }

    boolean isPress() {
        return !button.isEmpty();
    }

    private static String orEmpty(String group) {
        return group == null ? "" : group;
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }

    /** Without the prompt. */
    @Override
    public String toString() {
        return "Instruction[" + job + (isPress() ? ", " + button : ", " + images + " pictures") + "]";
    }
}
