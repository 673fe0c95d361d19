package dev.triptych.diffusion.tokenizer;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of a tokenizer folder. Vocabulary and merges are a megabyte and a half for CLIP, so they are read as
 * streams, without a tree.
 *
 * @param vocabulary the id of each token
 * @param mergeRanks for {@code "first second"}, how many merges were learnt before
 * @param config the special tokens and the context's length
 */
record TokenizerFiles(Map<String, Integer> vocabulary, Map<String, Integer> mergeRanks, TokenizerConfig config) {

    /** CLIP uses this many lines of {@code merges.txt}; what may follow is unused (transformers' CLIPTokenizer). */
    private static final int MOST_MERGES = 49152 - 256 - 2;

    /** Ids beyond any vocabulary there is; a larger one is damage, and would cost memory. */
    private static final int LARGEST_ID = 10_000_000;

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    static TokenizerFiles read(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new ModelLoadException("tokenizer must be a folder but is missing: " + directory);
        }
        return new TokenizerFiles(
                vocabulary(directory.resolve("vocab.json")),
                mergeRanks(directory.resolve("merges.txt")),
                config(directory));
    }

    private static Map<String, Integer> vocabulary(Path file) {
        Map<String, Integer> ids = new HashMap<>(1 << 17);
        try (JsonParser json = JSON.createParser(bytes(file))) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw damaged(file, "must be a JSON object of tokens and ids but begins otherwise");
            }
            for (String token = json.nextFieldName(); token != null; token = json.nextFieldName()) {
                if (json.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                    throw damaged(file, "must give each token a whole number but one has " + json.currentToken());
                }
                int id = json.getIntValue();
                if (id < 0 || id > LARGEST_ID) {
                    throw damaged(file, "must give ids from 0 to " + LARGEST_ID + " but one is " + id);
                }
                ids.put(token, id);
            }
        } catch (JsonProcessingException e) {
            throw notJson(file, e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
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

    private static TokenizerConfig config(Path directory) {
        Path file = directory.resolve("tokenizer_config.json");
        try {
            return TokenizerConfig.of(
                    object(file),
                    object(directory.resolve("special_tokens_map.json")),
                    object(directory.resolve("added_tokens.json")));
        } catch (IllegalArgumentException e) {
            throw new ModelLoadException("tokenizer file does not fit: " + file + ": " + e.getMessage(), e);
        }
    }

    /** The file's object; empty where there is no such file. */
    private static Map<String, Object> object(Path file) {
        if (!Files.exists(file)) {
            return Map.of();
        }
        try (JsonParser json = JSON.createParser(bytes(file))) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw damaged(file, "must be a JSON object but begins otherwise");
            }
            return members(json);
        } catch (JsonProcessingException e) {
            throw notJson(file, e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** The members of the object just begun: maps, lists, strings, numbers and booleans; a null is left out. */
    private static Map<String, Object> members(JsonParser json) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            json.nextToken();
            Object value = value(json);
            if (value != null) {
                members.put(name, value);
            }
        }
        return members;
    }

    private static @Nullable Object value(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case START_OBJECT -> members(json);
            case START_ARRAY -> {
                List<Object> elements = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    Object element = value(json);
                    if (element != null) {
                        elements.add(element);
                    }
                }
                yield elements;
            }
            case VALUE_NULL -> null;
            case VALUE_TRUE, VALUE_FALSE -> json.getBooleanValue();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.getNumberValue();
            default -> json.getText();
        };
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
