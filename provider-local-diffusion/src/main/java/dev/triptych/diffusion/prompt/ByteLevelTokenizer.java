package dev.triptych.diffusion.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Qwen's tokenizer: a {@code tokenizer.json} of byte-level byte-pair encoding, equal to tokenizers 0.23. Immutable and
 * thread-safe.
 *
 * <pre>{@code
 * ByteLevelTokenizer tokenizer = ByteLevelTokenizer.load(checkpoint.resolve("tokenizer"));
 * int[] ids = tokenizer.tokenize("", "a photo of a cat", "", 512).tokenIds();
 * }</pre>
 *
 * <p>The walk of a text: added tokens are cut out ({@link TokenMatcher}), what lies between is normalised
 * ({@link TextNormalizer}), cut into words by the file's pattern ({@link TextSplitter}), and their bytes are joined
 * ({@link BytePairEncoder}). Nothing is put around it.
 */
public final class ByteLevelTokenizer {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String BYTE_LEVEL = "ByteLevel";

    private final TokenMatcher added;
    private final TokenMatcher addedToNormalised;
    private final TextNormalizer normalizer;
    private final TextSplitter splitter;
    private final Map<String, Integer> vocabulary;
    private final BytePairEncoder encoder;

    private ByteLevelTokenizer(JsonNode json) {
        this.added = TokenMatcher.of(json.path("added_tokens"), false);
        this.addedToNormalised = TokenMatcher.of(json.path("added_tokens"), true);
        this.normalizer = TextNormalizer.of(json.path("normalizer"));
        this.splitter = splitter(json.path("pre_tokenizer"));
        JsonNode model = json.path("model");
        requireBytePairs(model);
        this.vocabulary = vocabulary(model.path("vocab"));
        this.encoder = new BytePairEncoder(mergeRanks(model.path("merges")), "");
    }

    /**
     * A token.
     *
     * @param id its number
     * @param spelling its bytes, each as one visible character; of an added token its text
     * @param isAdded whether it is an added token
     */
    private record Spelt(int id, String spelling, boolean isAdded) {}

    /**
     * Reads {@code tokenizer.json}.
     *
     * @param directory the folder {@code tokenizer} of a diffusers directory
     * @throws ModelLoadException if the file is missing, damaged, or of another kind; the message names it
     */
    public static ByteLevelTokenizer load(Path directory) {
        Path file = directory.resolve("tokenizer.json");
        if (!Files.exists(file)) {
            throw new ModelLoadException("tokenizer must have tokenizer.json but has none: " + directory);
        }
        try {
            return new ByteLevelTokenizer(JSON.readTree(Files.readAllBytes(file)));
        } catch (JsonProcessingException e) {
            throw new ModelLoadException(
                    "tokenizer file must be JSON but is damaged: " + file + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelLoadException("tokenizer file cannot be read: " + file + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new ModelLoadException("tokenizer file " + e.getMessage() + ": " + file, e);
        }
    }

    /** All steps but the last, which spells a word's bytes: {@link BytePairEncoder} does that. */
    private static TextSplitter splitter(JsonNode json) {
        ArrayNode steps = JSON.createArrayNode();
        if (json.path("type").asText().equals("Sequence")) {
            json.path("pretokenizers").forEach(steps::add);
        } else {
            steps.add(json);
        }
        JsonNode last = steps.isEmpty() ? steps : steps.get(steps.size() - 1);
        boolean isPlain = last.path("type").asText().equals(BYTE_LEVEL)
                && !last.path("add_prefix_space").asBoolean(true)
                && !last.path("use_regex").asBoolean(true);
        if (!isPlain) {
            throw new IllegalArgumentException("must have a pre_tokenizer that ends in ByteLevel without"
                    + " add_prefix_space and use_regex, as Qwen's does, but has " + json);
        }
        steps.remove(steps.size() - 1);
        return TextSplitter.of(JSON.createObjectNode().put("type", "Sequence").set("pretokenizers", steps));
    }

    private static void requireBytePairs(JsonNode model) {
        String type = model.path("type").asText("BPE");
        if (!type.equals("BPE")) {
            throw new IllegalArgumentException("must be of Qwen's kind, BPE, but is " + type);
        }
        for (String key : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            if (!model.path(key).asText("").isEmpty() && !model.path(key).isNull()) {
                throw new IllegalArgumentException(
                        "must have no " + key + ", as Qwen's has, but has " + model.path(key));
            }
        }
        for (String key : List.of("byte_fallback", "ignore_merges")) {
            if (model.path(key).asBoolean(false)) {
                throw new IllegalArgumentException("must have " + key + " false, as Qwen's has, but has true");
            }
        }
    }

    private static Map<String, Integer> vocabulary(JsonNode json) {
        Map<String, Integer> vocabulary = new HashMap<>(2 * json.size());
        json.properties().forEach(entry -> {
            if (!entry.getValue().canConvertToInt()) {
                throw new IllegalArgumentException("must have numbers as model.vocab but has " + entry.getValue());
            }
            vocabulary.put(entry.getKey(), entry.getValue().asInt());
        });
        for (String character : ByteAlphabet.characters()) {
            if (!vocabulary.containsKey(character)) {
                throw new IllegalArgumentException(
                        "must have all 256 bytes in model.vocab but lacks \"" + character + "\"");
            }
        }
        return vocabulary;
    }

    /** Each merge a text {@code "first second"}, or since tokenizers 0.20 a pair of texts. */
    private static Map<String, Integer> mergeRanks(JsonNode json) {
        Map<String, Integer> ranks = new HashMap<>(2 * json.size());
        for (JsonNode merge : json) {
            String pair = merge.isArray() && merge.size() == 2
                    ? merge.get(0).asText() + " " + merge.get(1).asText()
                    : merge.asText();
            if (pair.indexOf(' ') < 1) {
                throw new IllegalArgumentException(
                        "must have pairs of symbols as merges but has another value as number " + ranks.size());
            }
            ranks.put(pair, ranks.size());
        }
        return ranks;
    }

    /** The id of an added token or of a symbol of the vocabulary. */
    public OptionalInt idOf(String token) {
        List<TokenMatcher.Piece> pieces = added.split(token);
        if (pieces.size() == 1 && pieces.get(0).id().isPresent()) {
            return pieces.get(0).id();
        }
        Integer id = vocabulary.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * The token ids of a text between two others, cut to a length at its end, without padding.
     *
     * @param before what stands before the text
     * @param behind what stands behind it; cut first
     * @param maxLength how many ids there may be
     * @return {@link TokenizedPrompt#cutText()} tells of what was cut off the text itself
     */
    public TokenizedPrompt tokenize(String before, String text, String behind, int maxLength) {
        List<Spelt> tokens = tokens(before + text + behind);
        int[] ids = tokens.stream().mapToInt(Spelt::id).toArray();
        int kept = Math.min(ids.length, maxLength);
        int[] cut = new int[kept];
        System.arraycopy(ids, 0, cut, 0, kept);
        int end = ids.length - tokens(behind).size();
        String cutText = end <= kept ? "" : text(tokens.subList(kept, end));
        return new TokenizedPrompt(cut, ids, cutText.strip());
    }

    private static String text(List<Spelt> tokens) {
        StringBuilder text = new StringBuilder();
        StringBuilder spelt = new StringBuilder();
        for (Spelt token : tokens) {
            if (token.isAdded()) {
                text.append(ByteAlphabet.decode(spelt.toString())).append(token.spelling());
                spelt.setLength(0);
            } else {
                spelt.append(token.spelling());
            }
        }
        return text.append(ByteAlphabet.decode(spelt.toString())).toString();
    }

    private List<Spelt> tokens(String text) {
        List<Spelt> tokens = new ArrayList<>();
        for (TokenMatcher.Piece piece : added.split(text)) {
            if (piece.id().isPresent()) {
                tokens.add(new Spelt(piece.id().getAsInt(), piece.text(), true));
                continue;
            }
            for (TokenMatcher.Piece inner : addedToNormalised.split(normalizer.apply(piece.text()))) {
                add(tokens, inner);
            }
        }
        return tokens;
    }

    private void add(List<Spelt> tokens, TokenMatcher.Piece piece) {
        if (piece.id().isPresent()) {
            tokens.add(new Spelt(piece.id().getAsInt(), piece.text(), true));
            return;
        }
        for (String word : splitter.split(piece.text(), false)) {
            for (String symbol : encoder.encode(word)) {
                Integer id = vocabulary.get(symbol);
                if (id == null) {
                    throw new ModelLoadException(
                            "tokenizer.json must have what its merges make in its vocabulary but lacks " + symbol);
                }
                tokens.add(new Spelt(id, symbol, false));
            }
        }
    }
}
