package dev.triptych.diffusion.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code normalizer} of a tokenizer.json: how a text is changed before its words are read. Reference: tokenizers
 * 0.23, {@code normalizers/}.
 */
@FunctionalInterface
interface TextNormalizer {

    /** The text as it is read. */
    String apply(String text);

    /**
     * Reads a normalizer; null leaves texts alone.
     *
     * @throws IllegalArgumentException if it is of a kind that is not supported; the message goes on from "tokenizer
     *     file"
     */
    static TextNormalizer of(JsonNode json) {
        if (json.isNull() || json.isMissingNode()) {
            return text -> text;
        }
        String type = json.path("type").asText();
        return switch (type) {
            case "Sequence" -> sequence(json.path("normalizers"));
            case "Precompiled" ->
                CharacterMap.decode(json.path("precompiled_charsmap").asText())::apply;
            case "NFC" -> text -> Normalizer.normalize(text, Normalizer.Form.NFC);
            case "NFKC" -> text -> Normalizer.normalize(text, Normalizer.Form.NFKC);
            case "Strip" ->
                strip(
                        json.path("strip_left").asBoolean(true),
                        json.path("strip_right").asBoolean(true));
            case "Replace" -> replace(json.path("pattern"), json.path("content").asText());
            default ->
                throw new IllegalArgumentException(
                        "must have a normalizer of a known type (Precompiled, NFC, NFKC, Strip,"
                                + " Replace, Sequence) but has " + type);
        };
    }

    private static TextNormalizer sequence(JsonNode normalizers) {
        List<TextNormalizer> all = new ArrayList<>();
        normalizers.forEach(each -> all.add(of(each)));
        return text -> {
            String normalized = text;
            for (TextNormalizer each : all) {
                normalized = each.apply(normalized);
            }
            return normalized;
        };
    }

    private static TextNormalizer strip(boolean left, boolean right) {
        return text -> {
            String stripped = left ? text.replaceFirst("^\\p{IsWhite_Space}+", "") : text;
            return right ? stripped.replaceFirst("\\p{IsWhite_Space}+$", "") : stripped;
        };
    }

    private static TextNormalizer replace(JsonNode pattern, String content) {
        Pattern compiled = pattern.has("Regex")
                ? Pattern.compile(pattern.path("Regex").asText())
                : Pattern.compile(pattern.path("String").asText(), Pattern.LITERAL);
        String replacement = Matcher.quoteReplacement(content);
        return text -> compiled.matcher(text).replaceAll(replacement);
    }
}
