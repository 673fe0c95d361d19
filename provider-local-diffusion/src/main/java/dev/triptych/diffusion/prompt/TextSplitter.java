package dev.triptych.diffusion.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code pre_tokenizer} of a tokenizer.json that cuts texts into words: how a normalised text is cut before a model
 * looks for tokens. Reference: tokenizers 0.23, {@code pre_tokenizers/}.
 */
@FunctionalInterface
interface TextSplitter {

    /**
     * The parts of {@code text}, of which none is empty.
     *
     * @param isFirst whether it begins the whole text
     */
    List<String> split(String text, boolean isFirst);

    /**
     * Reads a pre-tokenizer; null leaves texts whole.
     *
     * @throws IllegalArgumentException if it is of a kind that is not supported; the message goes on from "tokenizer
     *     file"
     */
    static TextSplitter of(JsonNode json) {
        if (json.isNull() || json.isMissingNode()) {
            return (text, isFirst) -> List.of(text);
        }
        String type = json.path("type").asText();
        return switch (type) {
            case "Sequence" -> sequence(json.path("pretokenizers"));
            case "WhitespaceSplit" -> TextSplitter::atWhiteSpace;
            case "Metaspace" -> metaspace(json);
            case "Split" -> isolated(json);
            default ->
                throw new IllegalArgumentException(
                        "must have a pre_tokenizer of a known type (WhitespaceSplit, Metaspace, Split, Sequence)"
                                + " but has " + type);
        };
    }

    private static TextSplitter sequence(JsonNode splitters) {
        List<TextSplitter> all = new ArrayList<>();
        splitters.forEach(each -> all.add(of(each)));
        return (text, isFirst) -> {
            List<String> parts = List.of(text);
            for (TextSplitter each : all) {
                List<String> finer = new ArrayList<>();
                for (int i = 0; i < parts.size(); i++) {
                    finer.addAll(each.split(parts.get(i), isFirst && i == 0));
                }
                parts = finer;
            }
            return parts;
        };
    }

    private static List<String> atWhiteSpace(String text, boolean isFirst) {
        return Arrays.stream(text.split("\\p{IsWhite_Space}+", -1))
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /** Spaces become marks; a mark is put before the text; each mark begins a part. */
    private static TextSplitter metaspace(JsonNode json) {
        String mark = json.path("replacement").asText("▁");
        String prepends =
                json.path("prepend_scheme").asText(json.path("add_prefix_space").asBoolean(true) ? "always" : "never");
        boolean splits = json.path("split").asBoolean(true);
        Pattern beforeMark = Pattern.compile("(?=" + Pattern.quote(mark) + ")");
        return (text, isFirst) -> {
            String marked = text.replace(" ", mark);
            boolean needsMark = prepends.equals("always") || (prepends.equals("first") && isFirst);
            if (needsMark && !marked.startsWith(mark)) {
                marked = mark + marked;
            }
            return splits
                    ? Arrays.stream(beforeMark.split(marked))
                            .filter(part -> !part.isEmpty())
                            .toList()
                    : List.of(marked);
        };
    }

    /**
     * What a pattern finds, and what lies between, each a part. Classes of characters are Unicode's, as in the regular
     * expressions of the tokenizers library.
     */
    private static TextSplitter isolated(JsonNode json) {
        boolean isolates = json.path("behavior").asText().equals("Isolated")
                && !json.path("invert").asBoolean(false)
                && json.path("pattern").has("Regex");
        if (!isolates) {
            throw new IllegalArgumentException(
                    "must have a Split by a Regex whose behavior is Isolated and that is not inverted but has " + json);
        }
        Pattern pattern = Pattern.compile(json.path("pattern").path("Regex").asText(), Pattern.UNICODE_CHARACTER_CLASS);
        return (text, isFirst) -> {
            List<String> parts = new ArrayList<>();
            Matcher matcher = pattern.matcher(text);
            int done = 0;
            while (matcher.find()) {
                addPart(parts, text.substring(done, matcher.start()));
                addPart(parts, matcher.group());
                done = matcher.end();
            }
            addPart(parts, text.substring(done));
            return parts;
        };
    }

    private static void addPart(List<String> parts, String part) {
        if (!part.isEmpty()) {
            parts.add(part);
        }
    }
}
