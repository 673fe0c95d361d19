package dev.triptych.diffusion.prompt;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files of a tokenizer folder: {@code vocab.json} and {@code merges.txt}, or {@code tokenizer.json} where they are
 * not both there, and the smaller files beside them. Vocabulary and merges are a megabyte and a half for CLIP, so they
 * are read as streams, without a tree.
 *
 * @param vocabulary the id of each token
 * @param mergeRanks for {@code "first second"}, how many merges were learnt before
 * @param config the special tokens and the context's length
 * @param isJson whether vocabulary and merges came from {@code tokenizer.json}
 */
record TokenizerFiles(
        Map<String, Integer> vocabulary, Map<String, Integer> mergeRanks, TokenizerConfig config, boolean isJson) {

    /** CLIP uses this many lines of {@code merges.txt}; what may follow is unused (transformers' CLIPTokenizer). */
    private static final int MOST_MERGES = 49152 - 256 - 2;

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    /**
     * CLIP's own tokenizer, which nearly every Stable Diffusion has: its merges are a table of this package, and its
     * vocabulary follows from them.
     *
     * @param paddingToken what fills the context
     */
    static TokenizerFiles standard(String paddingToken) {
        List<String> merges = Resource.lines("clip-merges.txt");
        Map<String, Integer> ranks = new HashMap<>(1 << 17);
        Map<String, Integer> ids = new HashMap<>(1 << 17);
        for (String ending : List.of("", BytePairEncoder.WORD_END)) {
            ByteAlphabet.characters().forEach(character -> ids.put(character + ending, ids.size()));
        }
        for (String line : merges) {
            String pair = line.startsWith("\\#") ? line.substring(1) : line; // what is no comment
            ranks.put(pair, ranks.size());
            ids.put(pair.replace(" ", ""), ids.size());
        }
        TokenizerConfig config = TokenizerConfig.of(Map.of("pad_token", paddingToken), Map.of(), Map.of(), List.of());
        for (String special :
                List.of(config.startToken().content(), config.endToken().content())) {
            ids.put(special, ids.size());
        }
        return new TokenizerFiles(ids, ranks, config, false);
    }

    static TokenizerFiles read(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new ModelLoadException("tokenizer must be a folder but is missing: " + directory);
        }
        Path vocabulary = directory.resolve("vocab.json");
        Path merges = directory.resolve("merges.txt");
        Path whole = directory.resolve("tokenizer.json");
        boolean hasPair = Files.exists(vocabulary) && Files.exists(merges);
        boolean hasWhole = Files.exists(whole);
        if (!hasPair && !hasWhole) {
            throw new ModelLoadException("tokenizer must have vocab.json and merges.txt, or tokenizer.json, but has "
                    + (Files.exists(vocabulary)
                            ? "vocab.json alone"
                            : Files.exists(merges) ? "merges.txt alone" : "none")
                    + ": " + directory);
        }
        Optional<TokenizerJson> json = hasWhole && (!hasPair || !listsItsTokens(directory))
                ? Optional.of(read(whole, TokenizerJson::read))
                : Optional.empty();
        return new TokenizerFiles(
                hasPair ? vocabulary(vocabulary) : json.orElseThrow().vocabulary(),
                hasPair ? mergeRanks(merges) : json.orElseThrow().mergeRanks(),
                config(directory, json.<List<?>>map(TokenizerJson::addedTokens).orElse(List.of())),
                !hasPair);
    }

    /** Whether {@code tokenizer_config.json} has the list beside which no other counts. */
    private static boolean listsItsTokens(Path directory) {
        return object(directory.resolve("tokenizer_config.json")).get("added_tokens_decoder") instanceof Map;
    }

    private static Map<String, Integer> vocabulary(Path file) {
        Map<String, Integer> ids = read(file, json -> {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("must be a JSON object of tokens and ids but begins otherwise");
            }
            return JsonValues.vocabulary(json);
        });
        if (ids.isEmpty()) {
            throw damaged(file, "must hold at least one token but holds none");
        }
        return ids;
    }

    private static Map<String, Integer> mergeRanks(Path file) {
        String text = new String(bytes(file), StandardCharsets.UTF_8);
        Map<String, Integer> ranks = new HashMap<>(1 << 17);
        int rank = -1;
        for (int at = 0; at < text.length() && rank < MOST_MERGES; rank++) {
            int newline = text.indexOf('\n', at);
            int end = newline < 0 ? text.length() : newline;
            if (rank >= 0) {
                ranks.put(pair(file, rank, text.substring(at, end)), rank);
            }
            at = end + 1;
        }
        if (ranks.isEmpty()) {
            throw damaged(file, "must hold a heading and merges below it but holds none");
        }
        return ranks;
    }

    /** A line of two symbols with one space between, which almost all are as they stand. */
    private static String pair(Path file, int rank, String line) {
        String pair = line.strip();
        int space = pair.indexOf(' ');
        if (space < 1 || pair.indexOf(' ', space + 1) >= 0) {
            throw damaged(file, "must have two symbols a line but has other text in line " + (rank + 2));
        }
        return pair;
    }

    private static TokenizerConfig config(Path directory, List<?> tokensOfJson) {
        Path file = directory.resolve("tokenizer_config.json");
        try {
            return TokenizerConfig.of(
                    object(file),
                    object(directory.resolve("special_tokens_map.json")),
                    object(directory.resolve("added_tokens.json")),
                    tokensOfJson);
        } catch (IllegalArgumentException e) {
            throw new ModelLoadException("tokenizer file does not fit: " + file + ": " + e.getMessage(), e);
        }
    }

    /** The file's object; empty where there is no such file. */
    private static Map<String, Object> object(Path file) {
        if (!Files.exists(file)) {
            return Map.of();
        }
        return read(file, json -> {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("must be a JSON object but begins otherwise");
            }
            return JsonValues.members(json);
        });
    }

    /** What is made of a file's JSON; an {@code IllegalArgumentException} says what is wrong with it. */
    private interface Content<T> {
        T of(JsonParser json) throws IOException;
    }

    private static <T> T read(Path file, Content<T> content) {
        try (JsonParser json = JSON.createParser(bytes(file))) {
            return content.of(json);
        } catch (JsonProcessingException e) {
            throw notJson(file, e);
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (IllegalArgumentException e) {
            throw new ModelLoadException("tokenizer file " + e.getMessage() + ": " + file, e);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new ModelLoadException("tokenizer file is missing: " + file, e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static ModelLoadException unreadable(Path file, IOException cause) {
        return new ModelLoadException("tokenizer file cannot be read: " + file + ": " + cause.getMessage(), cause);
    }

    private static ModelLoadException notJson(Path file, JsonProcessingException cause) {
        return new ModelLoadException(
                "tokenizer file must be JSON but is damaged: " + file + ": " + cause.getOriginalMessage(), cause);
    }

    private static ModelLoadException damaged(Path file, String expectedAndFound) {
        return new ModelLoadException("tokenizer file " + expectedAndFound + ": " + file);
    }
}
