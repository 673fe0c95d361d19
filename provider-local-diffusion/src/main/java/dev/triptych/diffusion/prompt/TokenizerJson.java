package dev.triptych.diffusion.prompt;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@code tokenizer.json}: vocabulary, merges and added tokens in one file, as the tokenizers library writes it and
 * transformers 5 alone leaves it behind. What it says of normalising and splitting is CLIP's own rule in JSON, and is
 * not read.
 *
 * @param vocabulary the id of each token
 * @param mergeRanks for {@code "first second"}, how many merges were learnt before
 * @param addedTokens {@code added_tokens} as they stand, each with id and content
 */
record TokenizerJson(Map<String, Integer> vocabulary, Map<String, Integer> mergeRanks, List<?> addedTokens) {

    /**
     * Reads the file's object.
     *
     * @throws IllegalArgumentException if it is no tokenizer of CLIP's kind; the message goes on from "tokenizer file"
     */
    static TokenizerJson read(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException("must be a JSON object but begins otherwise");
        }
        Model model = new Model();
        List<?> addedTokens = List.of();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            JsonToken value = json.nextToken();
            if (name.equals("model") && value == JsonToken.START_OBJECT) {
                model.read(json);
            } else if (name.equals("added_tokens") && value == JsonToken.START_ARRAY) {
                addedTokens = JsonValues.elements(json);
            } else {
                json.skipChildren();
            }
        }
        model.check();
        return new TokenizerJson(model.vocabulary, model.mergeRanks, addedTokens);
    }

    /** The member {@code model}. */
    private static final class Model {

        private @Nullable String type;
        private @Nullable String wordEnd;
        private Map<String, Integer> vocabulary = Map.of();
        private final Map<String, Integer> mergeRanks = new HashMap<>(1 << 17);

        void read(JsonParser json) throws IOException {
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                JsonToken value = json.nextToken();
                if (name.equals("type")) {
                    type = json.getText();
                } else if (name.equals("end_of_word_suffix") && value == JsonToken.VALUE_STRING) {
                    wordEnd = json.getText();
                } else if (name.equals("vocab") && value == JsonToken.START_OBJECT) {
                    vocabulary = JsonValues.vocabulary(json);
                } else if (name.equals("merges") && value == JsonToken.START_ARRAY) {
                    readMerges(json);
                } else {
                    json.skipChildren();
                }
            }
        }

        /** Each a text {@code "first second"}, or since tokenizers 0.20 a pair of texts. */
        private void readMerges(JsonParser json) throws IOException {
            int rank = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                String pair = pair(JsonValues.value(json));
                if (pair.isEmpty()) {
                    throw new IllegalArgumentException(
                            "must have pairs of symbols as merges but has another value as number " + rank);
                }
                mergeRanks.put(pair, rank++);
            }
        }

        /** Empty where it is no pair. */
        private static String pair(@Nullable Object merge) {
            if (merge instanceof List<?> symbols
                    && symbols.size() == 2
                    && symbols.get(0) instanceof String first
                    && symbols.get(1) instanceof String second) {
                return first + " " + second;
            }
            return merge instanceof String text && text.indexOf(' ') > 0 ? text : "";
        }

        /** Files older than the member {@code type} are of byte-pair encoding where they have merges. */
        void check() {
            if (type != null && !type.equals("BPE")) {
                throw new IllegalArgumentException("must be of CLIP's kind, BPE, but is " + type);
            }
            if (vocabulary.isEmpty() || mergeRanks.isEmpty()) {
                throw new IllegalArgumentException("must have model.vocab and model.merges but has no "
                        + (vocabulary.isEmpty() ? "model.vocab" : "model.merges"));
            }
            if (!BytePairEncoder.WORD_END.equals(wordEnd)) {
                throw new IllegalArgumentException("must be of CLIP's kind, whose words end in "
                        + BytePairEncoder.WORD_END + ", but has the end_of_word_suffix " + wordEnd);
            }
        }
    }
}
