package dev.triptych.diffusion.prompt;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Weights in a prompt, as A1111's web UI reads them: {@code (text)} times 1.1, {@code [text]} divided by 1.1,
 * {@code (text:1.3)} times 1.3; they multiply when nested, {@code \(} is a bracket itself, and one that is never closed
 * counts to the end. What cannot be read is text. Reference: AUTOMATIC1111/stable-diffusion-webui,
 * {@code modules/prompt_parser.py}, {@code parse_prompt_attention}.
 *
 * <pre>{@code
 * Emphasis.parse("a (fox:1.3)"); // "a " of weight 1, "fox" of weight 1.3
 * }</pre>
 */
public final class Emphasis {

    private static final double ROUND = 1.1;
    private static final double SQUARE = 1 / 1.1;
    private static final String BREAK = "BREAK";
    private static final double BREAK_WEIGHT = -1;

    private static final Pattern TOKEN = Pattern.compile(
            "\\\\[()\\[\\]\\\\]|\\\\|[(\\[]" + "|:\\s*+(?<weight>[+-]?[.\\d]++)\\s*+\\)|[)\\]]|[^\\\\()\\[\\]:]++|:");
    private static final Pattern BREAKS = Pattern.compile("\\bBREAK\\b", Pattern.UNICODE_CHARACTER_CLASS);

    private final List<Piece> pieces = new ArrayList<>();
    private final Deque<Integer> round = new ArrayDeque<>();
    private final Deque<Integer> square = new ArrayDeque<>();

    private Emphasis() {}

    /**
     * A piece of a prompt.
     *
     * @param text as it is tokenised
     * @param weight 1 = as it is
     */
    public record Piece(String text, double weight) {

        /** Whether it is the word that ends a chunk. Inside brackets it is not: its weight is another, as in A1111. */
        public boolean isBreak() {
            return text.equals(BREAK) && weight == BREAK_WEIGHT;
        }
    }

    /** The pieces of {@code text}, at least one; neighbours of equal weight are one. */
    public static List<Piece> parse(String text) {
        Emphasis emphasis = new Emphasis();
        Matcher token = TOKEN.matcher(text);
        while (token.find()) {
            emphasis.read(token.group(), token.group("weight"));
        }
        emphasis.round.forEach(start -> emphasis.multiply(start, ROUND));
        emphasis.square.forEach(start -> emphasis.multiply(start, SQUARE));
        return emphasis.merged();
    }

    private void read(String token, @Nullable String weight) {
        if (token.startsWith("\\")) {
            pieces.add(new Piece(token.substring(1), 1));
        } else if (token.equals("(")) {
            round.push(pieces.size());
        } else if (token.equals("[")) {
            square.push(pieces.size());
        } else if (weight != null && !round.isEmpty() && isNumber(weight)) {
            multiply(round.pop(), Double.parseDouble(weight));
        } else if (token.equals(")") && !round.isEmpty()) {
            multiply(round.pop(), ROUND);
        } else if (token.equals("]") && !square.isEmpty()) {
            multiply(square.pop(), SQUARE);
        } else {
            addText(token);
        }
    }

    /** Only what a float can hold is a weight: {@code .} and {@code 1.2.3} are text. */
    private static boolean isNumber(String weight) {
        return weight.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)") && Float.isFinite(Float.parseFloat(weight));
    }

    /** Text, with the word between that ends a chunk; spaces around that are nothing. */
    private void addText(String text) {
        Matcher word = BREAKS.matcher(text);
        int start = 0;
        while (word.find()) {
            String before = text.substring(start, word.start());
            pieces.add(new Piece(start == 0 ? before.stripTrailing() : before.strip(), 1));
            pieces.add(new Piece(BREAK, BREAK_WEIGHT));
            start = word.end();
        }
        String rest = text.substring(start);
        pieces.add(new Piece(start == 0 ? rest : rest.stripLeading(), 1));
    }

    private void multiply(int start, double factor) {
        for (int i = start; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            pieces.set(i, new Piece(piece.text(), piece.weight() * factor));
        }
    }

    private List<Piece> merged() {
        List<Piece> merged = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pieces.size(); i++) {
            double weight = pieces.get(i).weight();
            text.append(pieces.get(i).text());
            if (i + 1 == pieces.size() || pieces.get(i + 1).weight() != weight) {
                merged.add(new Piece(text.toString(), weight));
                text.setLength(0);
            }
        }
        return merged.isEmpty() ? List.of(new Piece("", 1)) : List.copyOf(merged);
    }
}
