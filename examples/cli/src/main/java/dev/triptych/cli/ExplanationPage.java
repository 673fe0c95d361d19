package dev.triptych.cli;

import dev.triptych.GeneratedImage;
import dev.triptych.ImageRequest;
import dev.triptych.diffusion.Explanation;
import dev.triptych.diffusion.Explanation.Step;
import dev.triptych.diffusion.Explanation.Token;
import dev.triptych.diffusion.Explanation.Word;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An explanation as one page that needs nothing beside it. Stateless. */
final class ExplanationPage {

    private static final Pattern GAP = Pattern.compile("\\{\\{(\\w+)}}");

    /** Numbers that are written as words, from 1. */
    private static final List<String> NUMBERS = List.of(
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty");

    /** The stages that are named; the others are told together. */
    private static final Map<String, String> STAGES = stageNames();

    private final Explanation told;
    private final ImageRequest request;

    private ExplanationPage(Explanation told) {
        this.told = told;
        this.request = told.result().execution().effectiveRequest();
    }

    private static Map<String, String> stageNames() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("load", "Load the weights");
        names.put("encode", "Read the words");
        names.put("denoise", "Take noise away");
        names.put("decode", "Latents to pixels");
        names.put("write", "Write the PNG");
        return Collections.unmodifiableMap(names);
    }

    /** The page. */
    static String of(Explanation told) {
        return new ExplanationPage(told).page();
    }

    private String page() {
        Map<String, String> parts = parts();
        Matcher gaps = GAP.matcher(template());
        StringBuilder page = new StringBuilder();
        while (gaps.find()) {
            String part = Objects.requireNonNull(parts.get(gaps.group(1)), gaps.group(1));
            gaps.appendReplacement(page, Matcher.quoteReplacement(part));
        }
        return gaps.appendTail(page).toString();
    }

    private static String template() {
        try (InputStream in = ExplanationPage.class.getResourceAsStream("explain.html")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> parts() {
        int steps = told.sigmas().size();
        int width = told.tokens().get(0).embedding().size();
        int chosen = (told.steps().size() - 1) / 2 + (told.steps().size() > 2 ? 1 : 0);
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("prompt", Drawings.escaped(request.prompt()));
        parts.put("steps", number(steps));
        parts.put("stepWord", steps == 1 ? "step" : "steps");
        parts.put("times", steps == 1 ? "Once" : capital(number(steps)) + " times");
        parts.put("picture", data(told.result().image()));
        parts.put("firstStep", data(told.steps().get(0).there()));
        parts.put("firstExpected", data(told.steps().get(0).expected()));
        parts.put("clearest", clearest());
        parts.put("places", Integer.toString(told.places()));
        parts.put("tokens", tokens());
        parts.put("width", Integer.toString(width));
        parts.put("drawn", Integer.toString(Math.min(width, Drawings.NUMBERS)));
        parts.put("embeddings", Drawings.embeddings(told.tokens()));
        parts.put("similarity", Drawings.similarity(told.tokens()));
        parts.put("noise", data(told.noise().picture()));
        parts.put("noiseWidth", Integer.toString(told.noise().width()));
        parts.put("noiseHeight", Integer.toString(told.noise().height()));
        parts.put("channels", Integer.toString(told.noise().channels()));
        parts.put("seed", Long.toString(request.seed().orElse(0)));
        parts.put("shown", Integer.toString(told.steps().size()));
        parts.put("lastShown", Integer.toString(told.steps().size() - 1));
        parts.put("chosen", Integer.toString(chosen));
        parts.put("curve", Drawings.curve(told.sigmas(), told.steps()));
        parts.put("film", film(steps));
        parts.put("words", words());
        parts.put("guidance", guidance());
        parts.put("total", seconds(told.result().execution().total()));
        parts.put("stages", stages());
        parts.put("made", Drawings.escaped(made(steps)));
        parts.put("again", Drawings.escaped(again()));
        return parts;
    }

    /** The word that was looked at most clearly, beside noise and picture. */
    private String clearest() {
        Optional<Word> word = told.words().stream().max(Comparator.comparingDouble(ExplanationPage::contrast));
        return word.map(clear -> "<figure><img src=\"" + data(clear.shown())
                        + "\" alt=\"The same picture, bright where the word was looked at\"><figcaption>Here <i>"
                        + Drawings.escaped(clear.text()) + "</i> had a say.</figcaption></figure>")
                .orElse("");
    }

    /** The largest share beyond the mean. */
    private static double contrast(Word word) {
        double mean =
                word.shares().stream().mapToDouble(Float::doubleValue).average().orElse(0);
        return word.shares().stream().mapToDouble(Float::doubleValue).max().orElse(0) - mean;
    }

    private String tokens() {
        StringBuilder list = new StringBuilder();
        List<Token> tokens = told.tokens();
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            list.append("<li class=\"").append(token.isMark() ? "mark" : "").append("\">");
            list.append(Drawings.label(tokens, i)).append("<small>").append(token.id());
            list.append("</small></li>");
        }
        return list.toString();
    }

    private String film(int steps) {
        StringBuilder film = new StringBuilder();
        for (int i = 0; i < told.steps().size(); i++) {
            Step step = told.steps().get(i);
            String sigma = "σ " + Drawings.sigma(step.sigma());
            film.append("<li><button type=\"button\" data-i=\"").append(i).append("\" data-said=\"step ");
            film.append(step.number())
                    .append(" of ")
                    .append(steps)
                    .append(" · ")
                    .append(sigma);
            film.append("\" aria-pressed=\"false\">");
            film.append(image(step.there(), "What is there in step " + step.number()));
            film.append(image(step.expected(), "What the network expects in step " + step.number()));
            film.append("<span>step ")
                    .append(step.number())
                    .append("<br><small>")
                    .append(sigma);
            film.append("</small></span></button></li>");
        }
        return film.toString();
    }

    private String words() {
        StringBuilder words = new StringBuilder();
        for (Word word : told.words()) {
            words.append("<figure>")
                    .append(image(word.shown(), "Bright where the word " + word.text() + " was looked at"));
            words.append("<figcaption>").append(Drawings.escaped(word.text())).append("</figcaption></figure>");
        }
        return words.toString();
    }

    private String guidance() {
        String scale = plain(told.guidanceScale());
        if (told.unguided().isEmpty()) {
            return "<p>Each step of this picture was asked once, with the words alone: there was no guidance to leave out.</p>";
        }
        return "<p>Each step is asked twice, once with the words and once without, and the difference is taken " + scale
                + " times. The price is twice the work.</p>\n<div class=\"pair\"><figure>"
                + image(told.unguided().get(), "The picture without guidance")
                + "<figcaption><b>Off, 1</b>Same seed, words taken as they are</figcaption></figure><figure>"
                + image(told.result().image(), "The picture with guidance") + "<figcaption><b>On, " + scale
                + "</b>Same seed, difference times " + scale + "</figcaption></figure></div>";
    }

    private String stages() {
        Map<String, Duration> durations = told.result().execution().durations();
        Duration total = told.result().execution().total();
        Duration rest = total;
        Map<String, Duration> named = new LinkedHashMap<>();
        for (Map.Entry<String, String> stage : STAGES.entrySet()) {
            Duration duration = durations.getOrDefault(stage.getKey(), Duration.ZERO);
            named.put(stage.getValue(), duration);
            rest = rest.minus(duration);
        }
        named.put("Everything else", rest);
        Duration most = Collections.max(named.values());
        StringBuilder list = new StringBuilder();
        named.forEach((name, duration) -> list.append(String.format(
                Locale.ROOT,
                "<li style=\"--w:%.1f%%\" class=\"%s\"><span class=\"n\">%s</span><span class=\"b\"><i></i></span>"
                        + "<span class=\"v\">%s s</span></li>",
                100.0 * duration.toNanos() / Math.max(1, total.toNanos()),
                duration.equals(most) ? "most" : "",
                name,
                seconds(duration))));
        return list.toString();
    }

    private String made(int steps) {
        GeneratedImage image = told.result().image();
        return "Made by " + told.result().execution().servedBy().model() + ", " + image.width() + " × " + image.height()
                + ", " + steps + (steps == 1 ? " step" : " steps") + ", guidance " + plain(told.guidanceScale())
                + ", seed " + request.seed().orElse(0) + ".";
    }

    /** The settings that make the same picture with the same model. */
    private String again() {
        StringBuilder more = new StringBuilder();
        request.size().ifPresent(size -> more.append(" --size ").append(size));
        request.steps().ifPresent(steps -> more.append(" --steps ").append(steps));
        more.append(" --guidance ").append(plain(told.guidanceScale()));
        if (!request.negativePrompt().isEmpty()) {
            more.append(" --negative ").append(quoted(request.negativePrompt()));
        }
        new TreeMap<>(request.options())
                .forEach((key, value) -> more.append(" --option ").append(quoted(key + "=" + value)));
        return "./triptych explain " + quoted(request.prompt()) + " --seed "
                + request.seed().orElse(0) + more + " --out page.html";
    }

    /** For a shell; bare where nothing in it needs quotes. */
    private static String quoted(String text) {
        return text.matches("[\\w.=,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    private static String image(GeneratedImage image, String alternative) {
        return "<img src=\"" + data(image) + "\" alt=\"" + Drawings.escaped(alternative) + "\">";
    }

    private static String data(GeneratedImage image) {
        return "data:" + image.mediaType() + ";base64," + Base64.getEncoder().encodeToString(image.bytes());
    }

    private static String number(int count) {
        return count >= 1 && count <= NUMBERS.size() ? NUMBERS.get(count - 1) : Integer.toString(count);
    }

    private static String capital(String word) {
        return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString(Math.round(value)) : Double.toString(value);
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.2f", duration.toNanos() / 1e9);
    }
}
