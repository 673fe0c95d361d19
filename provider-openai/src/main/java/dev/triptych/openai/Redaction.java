package dev.triptych.openai;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Takes out of a server's own words what must not reach a log: keys, long runs of base64, and every piece of the prompt
 * that they repeat. Immutable; never printed.
 */
final class Redaction {

    private static final int MAX_LENGTH = 300;

    /** Shorter pieces in common with a prompt are chance: {@code "the image "}. */
    private static final int SHARED = 12;

    private static final int SHORTEST_PROMPT = 3;

    /**
     * A shorter key is no secret but a word such as {@code "none"} or {@code "sk"} that servers of one's own ask for.
     */
    private static final int SHORTEST_SECRET = 6;

    /** What looks like a key of OpenAI, Hugging Face or Stability, or like the rest of one that was masked. */
    private static final Pattern KEY = Pattern.compile("\\b(?:sk|hf|pk|rk|sess)[-_][A-Za-z0-9_*.\\-]{4,}");

    private static final Pattern ENCODED = Pattern.compile("[A-Za-z0-9+/=_-]{48,}");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}+");

    private final List<String> secrets;
    private final List<String> prompts;

    /** Takes out {@code secrets} of at least {@value #SHORTEST_SECRET} characters, and pieces of {@code prompts}. */
    Redaction(Collection<String> secrets, List<String> prompts) {
        this.secrets = secrets.stream()
                .filter(secret -> secret.length() >= SHORTEST_SECRET)
                .toList();
        this.prompts = prompts.stream()
                .map(prompt -> CONTROL.matcher(prompt).replaceAll(" ").strip().toLowerCase(Locale.ROOT))
                .filter(prompt -> prompt.length() >= SHORTEST_PROMPT)
                .toList();
    }

    /** What is left of {@code text}, on one line and at most {@value #MAX_LENGTH} characters. */
    String clean(String text) {
        String line = CONTROL.matcher(text.strip()).replaceAll(" ");
        if (line.length() > MAX_LENGTH * 4) {
            line = line.substring(0, MAX_LENGTH * 4);
        }
        for (String secret : secrets) {
            line = line.replace(secret, "[key]");
        }
        line = KEY.matcher(line).replaceAll("[key]");
        for (String prompt : prompts) {
            line = withoutPieces(line, prompt);
        }
        line = ENCODED.matcher(line).replaceAll("[...]");
        return line.length() > MAX_LENGTH ? line.substring(0, MAX_LENGTH) + "..." : line;
    }

    private static String withoutPieces(String line, String prompt) {
        String lower = line.toLowerCase(Locale.ROOT);
        if (lower.length() != line.length()) {
            return "[not shown]"; // a letter whose small form is longer: positions would not match
        }
        int least = Math.min(SHARED, prompt.length());
        StringBuilder kept = new StringBuilder();
        int at = 0;
        while (at < line.length()) {
            int shared = sharedLength(lower, at, prompt, least);
            if (shared == 0) {
                kept.append(line.charAt(at));
                at++;
            } else {
                kept.append("[prompt]");
                at += shared;
            }
        }
        return kept.toString();
    }

    /** The length of the longest piece of {@code prompt} that stands at {@code at}, 0 if shorter than {@code least}. */
    private static int sharedLength(String text, int at, String prompt, int least) {
        int length = least;
        if (at + length > text.length() || !prompt.contains(text.substring(at, at + length))) {
            return 0;
        }
        while (at + length < text.length() && prompt.contains(text.substring(at, at + length + 1))) {
            length++;
        }
        return length;
    }

    @Override
    public String toString() {
        return "Redaction[]";
    }
}
