package dev.triptych.diffusion.prompt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code tokenizer_config.json} and the older files beside it say, read in the order of transformers 4.57: where
 * the config lists {@code added_tokens_decoder} it is the whole truth; without that list,
 * {@code special_tokens_map.json} overrides it, and {@code added_tokens.json} and {@code tokenizer.json} add to it.
 *
 * @param startToken goes before the text
 * @param endToken goes after the text
 * @param unknownToken stands for a symbol that the vocabulary lacks
 * @param paddingToken fills the context
 * @param moreTokens {@code additional_special_tokens}
 * @param addedTokens tokens with the ids that the files give them
 * @param maxLength positions of the context
 */
record TokenizerConfig(
        AddedToken startToken,
        AddedToken endToken,
        AddedToken unknownToken,
        AddedToken paddingToken,
        List<AddedToken> moreTokens,
        Map<Integer, AddedToken> addedTokens,
        int maxLength) {

    private static final String START = "<|startoftext|>";
    private static final String END = "<|endoftext|>";

    /** CLIP's own context, for files that do not say theirs. */
    private static final int CLIP_MAX_LENGTH = 77;

    /** Larger values are how transformers writes "not known" (1e30). */
    private static final double LARGEST_MAX_LENGTH = 1e6;

    /**
     * Puts the files together; an absent one is empty.
     *
     * @param tokensOfJson {@code added_tokens} of {@code tokenizer.json}, each with its id
     * @throws IllegalArgumentException if a value has the wrong form
     */
    static TokenizerConfig of(
            Map<String, Object> config,
            Map<String, Object> specialTokensMap,
            Map<String, Object> addedTokens,
            List<?> tokensOfJson) {
        Map<Integer, AddedToken> added = new LinkedHashMap<>();
        boolean isWhole = config.get("added_tokens_decoder") instanceof Map;
        if (config.get("added_tokens_decoder") instanceof Map<?, ?> listed) {
            listed.forEach((id, token) -> added.put(id(id), token(token)));
        } else {
            addedTokens.forEach((content, id) -> added.put(id(id), new AddedToken(content, false)));
            for (Object token : tokensOfJson) {
                Map<?, ?> stated = token instanceof Map<?, ?> members ? members : Map.of();
                AddedToken read = token(token);
                boolean anyCase = Boolean.TRUE.equals(stated.get("normalized"));
                added.put(id(stated.get("id")), new AddedToken(read.content(), read.singleWord(), anyCase));
            }
        }
        Map<String, Object> values = new HashMap<>(config);
        if (!isWhole) {
            values.putAll(specialTokensMap);
        }
        return new TokenizerConfig(
                tokenOr(values.get("bos_token"), START),
                tokenOr(values.get("eos_token"), END),
                tokenOr(values.get("unk_token"), END),
                tokenOr(values.get("pad_token"), END),
                moreTokens(values.get("additional_special_tokens")),
                Map.copyOf(added),
                maxLength(values.get("model_max_length")));
    }

    /** Every special token once, in the order in which new ids are given. */
    List<AddedToken> specialTokens() {
        List<AddedToken> tokens = new ArrayList<>(List.of(startToken, endToken, unknownToken, paddingToken));
        tokens.addAll(moreTokens);
        return tokens;
    }

    private static List<AddedToken> moreTokens(@Nullable Object value) {
        return value instanceof List<?> tokens
                ? tokens.stream().map(TokenizerConfig::token).toList()
                : List.of();
    }

    private static AddedToken tokenOr(@Nullable Object value, String otherwise) {
        return value == null ? new AddedToken(otherwise, false) : token(value);
    }

    private static AddedToken token(@Nullable Object value) {
        if (value instanceof String content) {
            return new AddedToken(content, false);
        }
        if (value instanceof Map<?, ?> token && token.get("content") instanceof String content) {
            return new AddedToken(content, Boolean.TRUE.equals(token.get("single_word")));
        }
        throw new IllegalArgumentException("a token must be a string or an object with content but was " + value);
    }

    private static int id(@Nullable Object value) {
        String text = String.valueOf(value);
        try {
            int id = Integer.parseInt(text);
            if (id >= 0 && id <= LARGEST_MAX_LENGTH) {
                return id;
            }
        } catch (NumberFormatException e) {
            throw wrongId(text, e);
        }
        throw wrongId(text, null);
    }

    private static IllegalArgumentException wrongId(String text, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                "the id of an added token must be 0 to " + (int) LARGEST_MAX_LENGTH + " but was " + text, cause);
    }

    private static int maxLength(@Nullable Object value) {
        if (value == null) {
            return CLIP_MAX_LENGTH;
        }
        if (value instanceof Number number && number.doubleValue() >= 3 && number.doubleValue() % 1 == 0) {
            return number.doubleValue() > LARGEST_MAX_LENGTH ? CLIP_MAX_LENGTH : number.intValue();
        }
        throw new IllegalArgumentException("model_max_length must be a whole number from 3 up but was " + value);
    }
}
