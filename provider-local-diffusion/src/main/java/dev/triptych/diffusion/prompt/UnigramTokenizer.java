package dev.triptych.diffusion.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * T5's tokenizer: a {@code tokenizer.json} whose model is Unigram, equal to tokenizers 0.23. Immutable and thread-safe.
 *
 * <pre>{@code
 * UnigramTokenizer tokenizer = UnigramTokenizer.load(checkpoint.resolve("tokenizer_2"));
 * int[] ids = tokenizer.tokenize("a photo of a cat", 256).tokenIds(); // the text, 1 for its end, 0 to the end
 * }</pre>
 *
 * <p>The walk of a text: added tokens are cut out ({@link TokenMatcher}), what lies between is normalised
 * ({@link TextNormalizer}), cut into words ({@link TextSplitter}) and into the likeliest pieces ({@link UnigramModel});
 * the template's tokens go around, and padding fills the rest.
 */
public final class UnigramTokenizer {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String MARK = "▁";

    private final TokenMatcher added;
    private final TokenMatcher addedToNormalised;
    private final TextNormalizer normalizer;
    private final TextSplitter splitter;
    private final UnigramModel model;
    private final List<Integer> before;
    private final List<Integer> behind;
    private final int paddingId;

    private UnigramTokenizer(JsonNode json, JsonNode config) {
        this.added = TokenMatcher.of(json.path("added_tokens"), false);
        this.addedToNormalised = TokenMatcher.of(json.path("added_tokens"), true);
        this.normalizer = TextNormalizer.of(json.path("normalizer"));
        this.splitter = TextSplitter.of(json.path("pre_tokenizer"));
        this.model = model(json.path("model"));
        List<Integer> template = template(json.path("post_processor"));
        int text = template.indexOf(-1);
        this.before = template.subList(0, text);
        this.behind = template.subList(text + 1, template.size());
        this.paddingId = paddingId(config.path("pad_token"));
    }

    /**
     * Reads {@code tokenizer.json}, and the padding token of {@code tokenizer_config.json}.
     *
     * @param directory the folder {@code tokenizer_2} or {@code tokenizer_3} of a diffusers directory
     * @throws ModelLoadException if the file is missing, damaged, or of another kind; the message names it
     */
    public static UnigramTokenizer load(Path directory) {
        Path file = directory.resolve("tokenizer.json");
        if (!Files.exists(file)) {
            boolean hasModel = Files.exists(directory.resolve("spiece.model"));
            throw new ModelLoadException("tokenizer must have tokenizer.json but has "
                    + (hasModel ? "spiece.model alone" : "none") + ": " + directory);
        }
        Path config = directory.resolve("tokenizer_config.json");
        try {
            return new UnigramTokenizer(read(file), Files.exists(config) ? read(config) : JSON.createObjectNode());
        } catch (IllegalArgumentException e) {
            throw new ModelLoadException("tokenizer file " + e.getMessage() + ": " + file, e);
        }
    }

    private static JsonNode read(Path file) {
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new ModelLoadException(
                    "tokenizer file must be JSON but is damaged: " + file + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelLoadException("tokenizer file cannot be read: " + file + ": " + e.getMessage(), e);
        }
    }

    private static UnigramModel model(JsonNode json) {
        String type = json.path("type").asText("Unigram");
        if (!type.equals("Unigram")) {
            throw new IllegalArgumentException("must be of T5's kind, Unigram, but is " + type);
        }
        if (json.path("byte_fallback").asBoolean(false)) {
            throw new IllegalArgumentException("must have byte_fallback false, as T5's has, but has true");
        }
        List<String> pieces = new ArrayList<>();
        JsonNode vocabulary = json.path("vocab");
        double[] scores = new double[vocabulary.size()];
        for (JsonNode entry : vocabulary) {
            if (!entry.path(0).isTextual() || !entry.path(1).isNumber()) {
                throw new IllegalArgumentException(
                        "must have pairs of a text and a number as vocab but has another value as number "
                                + pieces.size());
            }
            scores[pieces.size()] = entry.path(1).asDouble();
            pieces.add(entry.path(0).asText());
        }
        int unknown = json.path("unk_id").asInt(-1);
        if (unknown < 0 || unknown >= pieces.size()) {
            throw new IllegalArgumentException("must have an unk_id of its vocabulary of " + pieces.size()
                    + " pieces but has " + json.path("unk_id"));
        }
        return new UnigramModel(pieces, scores, unknown);
    }

    /** The ids around a single text, and −1 where the text stands. */
    private static List<Integer> template(JsonNode json) {
        String type = json.path("type").asText();
        if (!type.equals("TemplateProcessing")) {
            throw new IllegalArgumentException(
                    "must have the post_processor TemplateProcessing but has " + (type.isEmpty() ? "none" : type));
        }
        List<Integer> template = new ArrayList<>();
        for (JsonNode piece : json.path("single")) {
            if (piece.has("Sequence")) {
                template.add(-1);
            } else {
                String token = piece.path("SpecialToken").path("id").asText();
                json.path("special_tokens").path(token).path("ids").forEach(id -> template.add(id.asInt()));
            }
        }
        if (!template.contains(-1)) {
            throw new IllegalArgumentException("must have a post_processor with a place for the text but has none");
        }
        return List.copyOf(template);
    }

    private int paddingId(JsonNode token) {
        String content = token.isObject() ? token.path("content").asText() : token.asText("<pad>");
        return model.idOf(content)
                .orElseThrow(() -> new IllegalArgumentException(
                        "must have the pad_token of tokenizer_config.json, " + content + ", but has not"));
    }

    /**
     * The token ids of {@code text}, cut to a length, with the template's tokens around and padding behind.
     *
     * @param maxLength how many ids there are
     */
    public TokenizedPrompt tokenize(String text, int maxLength) {
        List<UnigramModel.Token> tokens = tokens(text);
        int[] content = tokens.stream().mapToInt(UnigramModel.Token::id).toArray();
        int kept = Math.min(content.length, maxLength - before.size() - behind.size());
        int[] ids = new int[maxLength];
        Arrays.fill(ids, paddingId);
        frame(content, kept, ids);
        int[] untruncated = new int[content.length + before.size() + behind.size()];
        frame(content, content.length, untruncated);
        String cut = tokens.subList(kept, tokens.size()).stream()
                .map(UnigramModel.Token::text)
                .collect(Collectors.joining());
        return new TokenizedPrompt(ids, untruncated, cut.replace(MARK, " ").strip());
    }

    private void frame(int[] content, int count, int[] ids) {
        int at = 0;
        for (int id : before) {
            ids[at++] = id;
        }
        System.arraycopy(content, 0, ids, at, count);
        at += count;
        for (int id : behind) {
            ids[at++] = id;
        }
    }

    private List<UnigramModel.Token> tokens(String text) {
        List<UnigramModel.Token> tokens = new ArrayList<>();
        boolean isFirst = true;
        for (TokenMatcher.Piece piece : added.split(text)) {
            if (piece.id().isPresent()) {
                tokens.add(new UnigramModel.Token(piece.text(), piece.id().getAsInt()));
            } else {
                for (TokenMatcher.Piece inner : addedToNormalised.split(normalizer.apply(piece.text()))) {
                    add(tokens, inner, isFirst);
                    isFirst = false;
                }
            }
            isFirst = false;
        }
        return tokens;
    }

    private void add(List<UnigramModel.Token> tokens, TokenMatcher.Piece piece, boolean isFirst) {
        if (piece.id().isPresent()) {
            tokens.add(new UnigramModel.Token(piece.text(), piece.id().getAsInt()));
            return;
        }
        for (String word : splitter.split(piece.text(), isFirst)) {
            tokens.addAll(model.tokens(word));
        }
    }

    /** How many tokens beside the text's own there are. */
    public int framingTokens() {
        return before.size() + behind.size();
    }
}
