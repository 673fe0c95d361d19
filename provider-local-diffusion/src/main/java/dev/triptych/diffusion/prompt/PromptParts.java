package dev.triptych.diffusion.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prompts that are shown together, as A1111's web UI reads them: {@code AND} between them, and a weight behind a colon
 * at the end of each. Reference: AUTOMATIC1111/stable-diffusion-webui, {@code modules/prompt_parser.py},
 * {@code get_multicond_prompt_list}. The weight is read where there is no {@code AND}, too, as there.
 *
 * <pre>{@code
 * PromptParts.parse("a fox :1.2 AND snow"); // "a fox" of weight 1.2, " snow" of weight 1
 * }</pre>
 */
public final class PromptParts {

    private static final Pattern AND = Pattern.compile("\\bAND\\b", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern WEIGHT = Pattern.compile("[-+]?(\\d+\\.?|\\d*\\.\\d+)");

    private PromptParts() {}

    /**
     * One of them.
     *
     * @param text without its weight
     * @param weight its share in guidance; 1 = as it is
     */
    public record Part(String text, double weight) {}

    /** The parts of {@code text}, at least one. */
    public static List<Part> parse(String text) {
        List<Part> parts = new ArrayList<>();
        Matcher and = AND.matcher(text);
        int start = 0;
        while (and.find()) {
            parts.add(part(text.substring(start, and.start())));
            start = and.end();
        }
        parts.add(part(text.substring(start)));
        return List.copyOf(parts);
    }

    private static Part part(String text) {
        int colon = text.lastIndexOf(':');
        String weight = text.substring(colon + 1).strip();
        if (colon < 0 || !WEIGHT.matcher(weight).matches() || !Float.isFinite(Float.parseFloat(weight))) {
            return new Part(text.stripTrailing(), 1);
        }
        return new Part(text.substring(0, colon).stripTrailing(), Double.parseDouble(weight));
    }
}
