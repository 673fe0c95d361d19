package dev.triptych.diffusion.prompt;

import dev.triptych.ModelLoadException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * CLIP's byte-pair tokenizer, equal to transformers' {@code CLIPTokenizer} (4.57, with ftfy 6.3; where there is only a
 * {@code tokenizer.json}, 5.24). Immutable and thread-safe.
 *
 * <pre>{@code
 * ClipTokenizer tokenizer = ClipTokenizer.load(checkpoint.resolve("tokenizer"));
 * TokenizedPrompt prompt = tokenizer.tokenize("a photo of a cat");
 * int[] tokenIds = prompt.tokenIds(); // 49406, 320, 1125, 539, 320, 2368, 49407, 49407, ... 77 in all
 * }</pre>
 *
 * <p>The walk of a prompt: added tokens are cut out ({@link AddedTokens}); what lies between is cleaned
 * ({@link TextCleaner}), cut into words ({@link WordSplitter}), spelt in bytes ({@link ByteAlphabet}) and merged
 * ({@link BytePairEncoder}); the start token goes before, the end token after, and padding fills the context.
 */
public final class ClipTokenizer {

    /** Words remembered at most; a long-running service must not grow with what its callers type. */
    private static final int REMEMBERED_WORDS = 20_000;

    private final Map<String, Integer> vocabulary;
    private final String[] tokens;
    private final AddedTokens addedTokens;
    private final BytePairEncoder encoder;
    private final int startId;
    private final int endId;
    private final int unknownId;
    private final int paddingId;
    private final int maxLength;
    private final boolean repairsText;
    private final EmbeddedTokens embedded;
    private final Map<String, int[]> idsOfWord;

    private ClipTokenizer(TokenizerFiles files) {
        embedded = EmbeddedTokens.none();
        idsOfWord = new ConcurrentHashMap<>();
        vocabulary = files.vocabulary();
        encoder = new BytePairEncoder(files.mergeRanks());
        TokenizerConfig config = files.config();
        addedTokens = AddedTokens.of(config, vocabulary);
        startId = addedTokens.idOf(config.startToken().content());
        endId = addedTokens.idOf(config.endToken().content());
        paddingId = addedTokens.idOf(config.paddingToken().content());
        unknownId = vocabulary.getOrDefault(config.unknownToken().content(), endId);
        maxLength = config.maxLength();
        repairsText = !files.isJson();
        tokens = tokensById();
    }

    private ClipTokenizer(ClipTokenizer other, EmbeddedTokens embedded) {
        this.embedded = embedded;
        idsOfWord = other.idsOfWord;
        vocabulary = other.vocabulary;
        encoder = other.encoder;
        addedTokens = other.addedTokens;
        startId = other.startId;
        endId = other.endId;
        paddingId = other.paddingId;
        unknownId = other.unknownId;
        maxLength = other.maxLength;
        repairsText = other.repairsText;
        tokens = withEmbedded(other.tokens, embedded);
    }

    /**
     * The same with words that stand for ids of their own, beyond the vocabulary.
     *
     * @param words what textual inversions taught
     */
    public ClipTokenizer with(EmbeddedTokens words) {
        return new ClipTokenizer(this, words);
    }

    /** A word with several ids is spelt at the first of them. */
    private static String[] withEmbedded(String[] tokens, EmbeddedTokens embedded) {
        int highest = embedded.ids().values().stream()
                .flatMap(List::stream)
                .mapToInt(Integer::intValue)
                .max()
                .orElse(0);
        String[] all = Arrays.copyOf(tokens, Math.max(tokens.length, highest + 1));
        Arrays.fill(all, tokens.length, all.length, "");
        embedded.ids().forEach((word, ids) -> all[ids.get(0)] = word + BytePairEncoder.WORD_END);
        return all;
    }

    /**
     * Reads {@code vocab.json} and {@code merges.txt}, or {@code tokenizer.json} where they are not both there; and
     * what there is of {@code tokenizer_config.json}, {@code special_tokens_map.json} and {@code added_tokens.json}.
     *
     * @param tokenizerDirectory the folder {@code tokenizer} of a diffusers directory
     * @throws ModelLoadException if a file is missing, damaged or does not fit; the message names it
     */
    public static ClipTokenizer load(Path tokenizerDirectory) {
        return new ClipTokenizer(TokenizerFiles.read(tokenizerDirectory));
    }

    /**
     * CLIP's own tokenizer, of 49408 tokens, for models that come without one.
     *
     * @param paddingToken what fills the context: {@code "<|endoftext|>"} for OpenAI's text tower, {@code "!"} for
     *     OpenCLIP's
     */
    public static ClipTokenizer standard(String paddingToken) {
        return new ClipTokenizer(TokenizerFiles.standard(paddingToken));
    }

    /**
     * The token ids of {@code text}: start token, the text's tokens cut to the context, end token, padding.
     *
     * @param text any text; it is cleaned first, as the reference does ({@link TextCleaner})
     */
    public TokenizedPrompt tokenize(String text) {
        int[] content = embedded.split(text).stream()
                .flatMapToInt(piece -> piece.ids().isEmpty()
                        ? plainIds(piece.text())
                        : piece.ids().stream().mapToInt(Integer::intValue))
                .toArray();
        int kept = Math.min(content.length, maxLength - 2);
        int[] tokenIds = new int[maxLength];
        Arrays.fill(tokenIds, paddingId);
        frame(content, kept, tokenIds);
        int[] untruncated = new int[content.length + 2];
        frame(content, content.length, untruncated);
        return new TokenizedPrompt(tokenIds, untruncated, text(content, kept));
    }

    /**
     * The ids of {@code text} alone, without start, end and padding: each by itself, and those of a word that a textual
     * inversion taught together.
     */
    public List<List<Integer>> units(String text) {
        List<List<Integer>> units = new ArrayList<>();
        for (EmbeddedTokens.Piece piece : embedded.split(text)) {
            if (piece.ids().isEmpty()) {
                plainIds(piece.text()).forEach(id -> units.add(List.of(id)));
            } else {
                units.add(piece.ids());
            }
        }
        return units;
    }

    /** {@code text} without the words that textual inversions taught. */
    public String withoutTaught(String text) {
        return embedded.split(text).stream()
                .filter(piece -> piece.ids().isEmpty())
                .map(EmbeddedTokens.Piece::text)
                .collect(Collectors.joining(" "));
    }

    /** Writes the start token, the first {@code count} ids of {@code content} and the end token into {@code ids}. */
    private void frame(int[] content, int count, int[] ids) {
        ids[0] = startId;
        System.arraycopy(content, 0, ids, 1, count);
        ids[count + 1] = endId;
    }

    private IntStream plainIds(String text) {
        return addedTokens.split(text).stream()
                .flatMapToInt(
                        piece -> piece.added() ? IntStream.of(addedTokens.idOf(piece.text())) : ids(piece.text()));
    }

    private IntStream ids(String text) {
        String cleaned = repairsText ? TextCleaner.clean(text) : TextCleaner.cleanUnrepaired(text);
        return WordSplitter.split(cleaned).stream().flatMapToInt(word -> Arrays.stream(idsOf(word)));
    }

    private int[] idsOf(String word) {
        int[] known = idsOfWord.get(word);
        if (known != null) {
            return known;
        }
        int[] ids = encoder.encode(word).stream().mapToInt(this::idOf).toArray();
        if (idsOfWord.size() < REMEMBERED_WORDS) {
            idsOfWord.put(word, ids);
        }
        return ids;
    }

    private int idOf(String token) {
        return addedTokens.contains(token) ? addedTokens.idOf(token) : vocabulary.getOrDefault(token, unknownId);
    }

    /** The text that {@code ids} stand for, as near to what was typed as tokens tell. */
    public String text(int... ids) {
        return text(ids, 0);
    }

    /** The text of {@code ids} from index {@code from} on, as near to what was typed as tokens tell. */
    private String text(int[] ids, int from) {
        StringBuilder joined = new StringBuilder();
        for (int i = from; i < ids.length; i++) {
            joined.append(tokens[ids[i]]);
        }
        return ByteAlphabet.decode(joined.toString())
                .replace(BytePairEncoder.WORD_END, " ")
                .strip();
    }

    /**
     * The token with this id as the vocabulary spells it, such as {@code "cat</w>"}.
     *
     * @throws IllegalArgumentException if the vocabulary has no such id
     */
    public String token(int id) {
        if (id < 0 || id >= tokens.length || tokens[id].isEmpty()) {
            throw new IllegalArgumentException(
                    "token id must be one of the vocabulary's, 0 to " + (tokens.length - 1) + ", but was " + id);
        }
        return tokens[id];
    }

    /** The context: how many ids a tokenized prompt has, start and end token included; 77 for Stable Diffusion. */
    public int maxLength() {
        return maxLength;
    }

    /** One more than the highest id: a text encoder needs as many rows of embeddings, or more. */
    public int size() {
        return tokens.length;
    }

    /** The id before the text; 49406 for Stable Diffusion. */
    public int startId() {
        return startId;
    }

    /** The id after the text, by whose position a text encoder pools; 49407 for Stable Diffusion. */
    public int endId() {
        return endId;
    }

    /**
     * The id that fills the context: the end token's for Stable Diffusion 1, that of {@code !}, 0, for 2 and for XL's
     * second.
     */
    public int paddingId() {
        return paddingId;
    }

    private String[] tokensById() {
        int highest = Math.max(
                vocabulary.values().stream().mapToInt(Integer::intValue).max().orElse(0), addedTokens.highestId());
        String[] byId = new String[highest + 1];
        Arrays.fill(byId, "");
        vocabulary.forEach((token, id) -> byId[id] = token);
        addedTokens.forEach((token, id) -> byId[id] = token);
        return byId;
    }
}
