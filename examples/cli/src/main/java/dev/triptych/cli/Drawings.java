package dev.triptych.cli;

import dev.triptych.diffusion.Explanation.Step;
import dev.triptych.diffusion.Explanation.Token;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The drawings of an {@link ExplanationPage}, as SVG in its colours. Stateless. */
final class Drawings {

    /** Numbers of an embedding that are drawn. */
    static final int NUMBERS = 48;

    /** Tokens that are compared with each other. */
    private static final int COMPARED = 24;

    private static final int WIDTH = 1078;
    private static final int LABELS = 98;
    private static final double ROW = 26;
    private static final double LEFT = 52;
    private static final double RIGHT = 1060;
    private static final double TOP = 20;
    private static final double BOTTOM = 190;
    private static final double BELOW_INFINITY = 12;
    private static final double[] MARKS = {100, 10, 1, 0.1, 0.01};

    private Drawings() {}

    /** {@code text} as HTML. */
    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** What a token is called: its text, or which mark it is. */
    static String label(List<Token> tokens, int index) {
        Token token = tokens.get(index);
        // Marks come in pairs: before and after each chunk of the text.
        boolean opens = tokens.subList(0, index).stream().filter(Token::isMark).count() % 2 == 0;
        return token.isMark() ? (opens ? "start" : "end") : escaped(token.text());
    }

    /** σ as people write it. */
    static String sigma(double sigma) {
        return Double.isInfinite(sigma) ? "∞" : String.format(Locale.ROOT, sigma >= 10 ? "%.0f" : "%.2f", sigma);
    }

    /** The first numbers of each token, a row each. */
    static String embeddings(List<Token> tokens) {
        int count = Math.min(NUMBERS, tokens.get(0).embedding().size());
        double cell = (WIDTH - LABELS) / (double) count;
        double strongest = tokens.stream()
                .flatMap(token -> token.embedding().stream().limit(count))
                .mapToDouble(Math::abs)
                .sorted()
                .skip(Math.round(0.97 * count * tokens.size()) - 1)
                .findFirst()
                .orElse(1);
        StringBuilder svg = scroll("Embeddings", "emb", WIDTH, ROW * tokens.size(), "");
        svg.append(" role=\"img\" aria-label=\"The first ").append(count);
        svg.append(" numbers of each token; blue is below zero, gold above\">");
        for (int row = 0; row < tokens.size(); row++) {
            double y = ROW * row;
            svg.append(text(LABELS - 14, y + 15, tokens, row));
            for (int i = 0; i < count; i++) {
                float value = tokens.get(row).embedding().get(i);
                double strength = Math.min(1, Math.abs(value) / Math.max(strongest, 1e-9));
                svg.append(format(
                        "<rect x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"21\" fill=\"var(--%s)\" opacity=\"%.2f\"/>",
                        LABELS + i * cell, y, cell - 1, value < 0 ? "blue" : "gold-line", strength));
            }
        }
        return svg.append("</svg></div>").toString();
    }

    /** The cosine of the angle between each two tokens. */
    static String similarity(List<Token> all) {
        List<Token> tokens = all.stream().limit(COMPARED).toList();
        int count = tokens.size();
        double size = 40;
        StringBuilder svg =
                scroll("Similarity", "sim", LABELS + count * size, count * ROW, " style=\"--n: " + count + "\"");
        svg.append(" role=\"img\" aria-label=\"How alike each two tokens are\">");
        for (int row = 0; row < count; row++) {
            svg.append(text(LABELS - 14, ROW * row + 17, tokens, row));
            for (int column = 0; column < count; column++) {
                double alike = cosine(tokens.get(row), tokens.get(column));
                svg.append(format(
                        "<rect x=\"%.0f\" y=\"%.0f\" width=\"39\" height=\"25\" opacity=\"%.2f\"><title>%s · %s %.2f"
                                + "</title></rect>",
                        LABELS + column * size,
                        ROW * row,
                        Math.max(0, alike),
                        label(tokens, row),
                        label(tokens, column),
                        alike));
            }
        }
        return svg.append("</svg></div>").toString();
    }

    private static double cosine(Token a, Token b) {
        double product = 0;
        double ofA = 0;
        double ofB = 0;
        for (int i = 0; i < a.embedding().size(); i++) {
            double x = a.embedding().get(i);
            double y = b.embedding().get(i);
            product += x * y;
            ofA += x * x;
            ofB += y * y;
        }
        return ofA == 0 || ofB == 0 ? 0 : product / Math.sqrt(ofA * ofB);
    }

    /** σ over the evaluations, by its logarithm; those that are decoded are rings. */
    static String curve(List<Double> sigmas, List<Step> steps) {
        double most = finite(sigmas, true);
        double least = finite(sigmas, false);
        Set<Integer> decoded = steps.stream().map(Step::number).collect(Collectors.toSet());
        StringBuilder svg = scroll("Sigma", "sig", WIDTH, 218, "");
        svg.append(" role=\"img\" aria-label=\"Sigma, the strength of the noise, falls from ");
        svg.append(Double.isInfinite(sigmas.get(0)) ? "pure noise" : sigma(sigmas.get(0)))
                .append(" to ");
        svg.append(sigma(sigmas.get(sigmas.size() - 1))).append(" before the last step\">");
        for (double mark : MARKS) {
            if (mark <= most && mark >= least) {
                double y = height(mark, most, least);
                svg.append(format("<path d=\"M%.0f %.1fH%.0f\" class=\"grid\"/>", LEFT, y, RIGHT));
                svg.append(format("<text x=\"42\" y=\"%.1f\" text-anchor=\"end\">", y + 4));
                svg.append(mark >= 1 ? Long.toString((long) mark) : Double.toString(mark))
                        .append("</text>");
            }
        }
        if (Double.isInfinite(sigmas.get(0))) {
            svg.append("<text x=\"42\" y=\"24\" text-anchor=\"end\">∞</text><text x=\"66\" y=\"17\">pure noise</text>");
        }
        svg.append("<path class=\"line\" d=\"");
        for (int i = 0; i < sigmas.size(); i++) {
            svg.append(i == 0 ? 'M' : 'L');
            svg.append(format("%.1f %.1f", across(i, sigmas.size()), height(sigmas.get(i), most, least)));
        }
        svg.append("\"/>");
        for (int i = 0; i < sigmas.size(); i++) {
            boolean isShown = decoded.contains(i + 1);
            svg.append(format(
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\" class=\"%s\"/>",
                    across(i, sigmas.size()),
                    height(sigmas.get(i), most, least),
                    isShown ? "6" : "3.2",
                    isShown ? "key" : "dot"));
        }
        svg.append(format(
                "<text x=\"%.0f\" y=\"212\" text-anchor=\"end\">σ %s, then 0</text>",
                RIGHT, sigma(sigmas.get(sigmas.size() - 1))));
        return svg.append("</svg></div>").toString();
    }

    private static double finite(List<Double> sigmas, boolean most) {
        List<Double> all = sigmas.stream()
                .filter(sigma -> sigma > 0 && !Double.isInfinite(sigma))
                .sorted()
                .toList();
        return all.isEmpty() ? 1 : all.get(most ? all.size() - 1 : 0);
    }

    private static double across(int index, int count) {
        return count == 1 ? LEFT : LEFT + (RIGHT - LEFT) * index / (count - 1);
    }

    private static double height(double sigma, double most, double least) {
        if (Double.isInfinite(sigma)) {
            return TOP;
        }
        double range = Math.max(Math.log(most / least), 1e-9);
        double part = Math.log(most / Math.max(sigma, least)) / range;
        return TOP + BELOW_INFINITY + (BOTTOM - TOP - BELOW_INFINITY) * part;
    }

    private static StringBuilder scroll(String label, String kind, double width, double height, String style) {
        return new StringBuilder(format(
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><svg class=\"%s\"%s"
                        + " viewBox=\"0 0 %.0f %.0f\"",
                label, kind, style, width, height));
    }

    private static String text(double x, double y, List<Token> tokens, int index) {
        return format(
                "<text x=\"%.0f\" y=\"%.0f\" class=\"%s\" text-anchor=\"end\">%s</text>",
                x, y, tokens.get(index).isMark() ? "soft" : "", label(tokens, index));
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
