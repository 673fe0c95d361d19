package dev.triptych.diffusion.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.GenerationWarning;
import dev.triptych.ModelLoadException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The words that a small checkpoint has a picture for, from its {@code words.json}. A prompt with another word still
 * paints something, but not that; so the words it lacks are named. Immutable, thread-safe.
 *
 * <p>{@code words.json} is an object of {@code known} (words and phrases with a picture), {@code plain} (words that ask
 * for nothing whose absence could be seen, such as <em>the</em>) and {@code near} (a word or phrase that is not known
 * to the known one nearest to it), all in lower case. A checkpoint without that file may know any word, and is never
 * warned of.
 */
public final class KnownWords {

    private static final String FILE = "words.json";
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:['’-][\\p{L}\\p{N}]+)*");
    private static final Pattern NUMBER = Pattern.compile("\\p{N}+");

    /** A longer list would be no help. */
    private static final int MOST_NAMED = 6;

    private final Set<String> silent;
    private final Map<String, String> near;
    private final int longestPhrase;

    /** {@code near} maps to the nearest known word. */
    private KnownWords(Set<String> silent, Map<String, String> near) {
        this.silent = silent;
        this.near = near;
        this.longestPhrase = Stream.concat(silent.stream(), near.keySet().stream())
                .mapToInt(KnownWords::wordsOf)
                .max()
                .orElse(1);
    }

    /**
     * The words of the checkpoint in {@code directory}; none if it says nothing of its words.
     *
     * @throws ModelLoadException if its {@code words.json} cannot be read or has another form
     */
    public static Optional<KnownWords> read(Path directory) {
        if (!Files.exists(directory.resolve(FILE))) {
            return Optional.empty();
        }
        ConfigFile file = ConfigFile.read(directory.resolve(FILE));
        file.refuseUnknown(Set.of("known", "plain", "near"));
        Set<String> silent = new HashSet<>(file.texts("known", List.of()));
        silent.addAll(file.texts("plain", List.of()));
        return Optional.of(new KnownWords(silent, nearest(file)));
    }

    private static Map<String, String> nearest(ConfigFile file) {
        JsonNode node = file.node("near");
        Map<String, String> near = new HashMap<>();
        node.properties()
                .forEach(entry -> near.put(
                        entry.getKey(),
                        entry.getValue().isTextual() ? entry.getValue().textValue() : ""));
        boolean isOther = file.has("near") && !node.isObject();
        if (isOther || near.containsValue("")) {
            throw file.wrong("near", "an object of texts");
        }
        return near;
    }

    /** A notice that names the words of a prompt's {@code texts} without a picture; empty if there are none. */
    public Optional<GenerationWarning> warningFor(List<String> texts) {
        Map<String, Optional<String>> missing = new LinkedHashMap<>();
        texts.forEach(text -> missing.putAll(missing(text)));
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        String named = missing.entrySet().stream()
                .limit(MOST_NAMED)
                .map(entry -> entry.getKey()
                        + entry.getValue().map(word -> " (near: " + word + ")").orElse(""))
                .collect(Collectors.joining(", "));
        int others = missing.size() - MOST_NAMED;
        return Optional.of(GenerationWarning.notice(
                "prompt",
                "the checkpoint has no picture for: " + named + (others > 0 ? " and " + others + " more" : "")));
    }

    /** The words and phrases of {@code text} that have no picture, in its order, each with the nearest that has. */
    Map<String, Optional<String>> missing(String text) {
        List<String> words = WORD.matcher(text.toLowerCase(Locale.ROOT))
                .results()
                .map(MatchResult::group)
                .toList();
        Map<String, Optional<String>> missing = new LinkedHashMap<>();
        int next = 0;
        while (next < words.size()) {
            String phrase = longestPhraseAt(next, words);
            if (!isSilent(phrase)) {
                missing.put(phrase, Optional.ofNullable(near.get(phrase)));
            }
            next += wordsOf(phrase);
        }
        return missing;
    }

    /** The longest phrase that the file tells of; a single word if there is none. */
    private String longestPhraseAt(int start, List<String> words) {
        List<String> phrases = new ArrayList<>();
        for (int end = start + 1; end <= Math.min(words.size(), start + longestPhrase); end++) {
            String phrase = String.join(" ", words.subList(start, end));
            if (phrases.isEmpty() || silent.contains(phrase) || near.containsKey(phrase)) {
                phrases.add(phrase);
            }
        }
        return phrases.get(phrases.size() - 1);
    }

    /** How many words a phrase has, which single spaces part. */
    private static int wordsOf(String phrase) {
        return (int) phrase.chars().filter(character -> character == ' ').count() + 1;
    }

    private boolean isSilent(String phrase) {
        return silent.contains(phrase) || NUMBER.matcher(phrase).matches();
    }
}
