package dev.triptych.media;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a picture was made, in the text that AUTOMATIC1111's web UI writes under {@code parameters} and that most image
 * tools read. Immutable.
 *
 * <pre>{@code
 * a red fox in the snow
 * Negative prompt: blurry
 * Steps: 20, Sampler: Euler a, CFG scale: 7.5, Seed: 42, Size: 512x512, Model: bundled
 * }</pre>
 *
 * <p>The form has limits, which are the web UI's own (modules/infotext_utils.py): white space around a line of a prompt
 * is lost, a line of a prompt that begins with {@code Negative prompt:} starts the negative prompt, and a last line
 * with fewer than three settings is taken for a part of the prompt. Within them {@link #parse(String)} gives back what
 * {@link #format()} wrote.
 *
 * @param prompt what to show
 * @param negativePrompt what to steer away from; {@code ""} = nothing
 * @param settings by the web UI's names, in order: {@code Steps}, {@code Sampler}, {@code CFG scale}, …
 */
public record GenerationParameters(String prompt, String negativePrompt, Map<String, String> settings) {

    /** The keyword under which a PNG carries this text. */
    public static final String PNG_KEYWORD = "parameters";

    private static final String NEGATIVE_PROMPT = "Negative prompt:";
    private static final int MIN_SETTINGS = 3;

    private static final Pattern NAME = Pattern.compile("\\w[\\w \\-/]+", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern SETTING = Pattern.compile(
            "\\s*(\\w[\\w \\-/]+):\\s*(\"(?:\\\\[^\\n]|[^\\\\\"])+\"|[^,]*)(?:,|$)", Pattern.UNICODE_CHARACTER_CLASS);
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * Copies the settings, in order.
     *
     * @throws IllegalArgumentException if the name of a setting is not letters, digits, spaces, hyphens and slashes
     */
    public GenerationParameters {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        for (String name : settings.keySet()) {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(
                        "setting must have a name of letters, digits and spaces but had \"" + name + "\"");
            }
        }
    }

    /** The text of these parameters. */
    public String format() {
        List<String> lines = new ArrayList<>();
        lines.add(prompt);
        if (!negativePrompt.isEmpty()) {
            lines.add(NEGATIVE_PROMPT + " " + negativePrompt);
        }
        if (!settings.isEmpty()) {
            lines.add(settings.entrySet().stream()
                    .map(setting -> setting.getKey() + ": " + quote(setting.getValue()))
                    .collect(Collectors.joining(", ")));
        }
        return String.join("\n", lines);
    }

    /** The parameters that {@code text} tells of; any text is a prompt at least. */
    public static GenerationParameters parse(String text) {
        List<String> lines = new ArrayList<>(List.of(strip(text).split("\n", -1)));
        List<MatchResult> found =
                SETTING.matcher(lines.get(lines.size() - 1)).results().toList();
        Map<String, String> settings = new LinkedHashMap<>();
        if (found.size() >= MIN_SETTINGS) {
            lines.remove(lines.size() - 1);
            found.forEach(setting -> settings.put(setting.group(1), unquote(setting.group(2))));
        }
        StringBuilder prompt = new StringBuilder();
        StringBuilder negativePrompt = new StringBuilder();
        StringBuilder target = prompt;
        for (String line : lines) {
            String content = strip(line);
            if (content.startsWith(NEGATIVE_PROMPT)) {
                target = negativePrompt;
                content = strip(content.substring(NEGATIVE_PROMPT.length()));
            }
            target.append(target.isEmpty() ? "" : "\n").append(content);
        }
        return new GenerationParameters(prompt.toString(), negativePrompt.toString(), settings);
    }

    /**
     * The web UI quotes a value with a comma, a colon or a line break. A value that would not read back as it is
     * otherwise (empty, with white space at its ends, in quotation marks already) is quoted too, which it reads as
     * well.
     */
    private static String quote(String value) {
        boolean plain = !value.isEmpty()
                && value.charAt(0) != '"'
                && strip(value).equals(value)
                && value.chars().noneMatch(c -> c == ',' || c == ':' || c < ' ');
        if (plain) {
            return value;
        }
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a text can always be written as JSON", e);
        }
    }

    private static String unquote(String value) {
        if (value.length() < 2 || value.charAt(0) != '"' || value.charAt(value.length() - 1) != '"') {
            return value;
        }
        try {
            return JSON.readValue(value, String.class);
        } catch (JsonProcessingException e) {
            return value; // quotation marks that are no quoting
        }
    }

    private static String strip(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isSpace(text.charAt(start))) {
            start++;
        }
        while (end > start && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /** White space as Python's {@code str.strip} knows it. */
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    /** The settings; prompts stay out of logs, so only their lengths are told. */
    @Override
    public String toString() {
        return "GenerationParameters[prompt of " + prompt.length() + " characters, negativePrompt of "
                + negativePrompt.length() + " characters, settings=" + settings.keySet() + "]";
    }
}
