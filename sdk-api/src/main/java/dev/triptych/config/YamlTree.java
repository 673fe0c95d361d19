package dev.triptych.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Reads YAML into maps, lists and texts. A scalar stays as it was written, so that {@code model: 1.10} is not turned
 * into the number 1.1; a key without a value counts as not given, a generator without one as one without settings.
 */
final class YamlTree {

    private static final YAMLFactory YAML = new YAMLFactory();
    private static final int MAX_CHARACTERS = 1 << 20;

    private final YAMLParser parser;
    private final String source;

    private YamlTree(YAMLParser parser, String source) {
        this.parser = parser;
        this.source = source;
    }

    /**
     * The map that {@code text} holds; an empty text is an empty map.
     *
     * @param source what the text is called in an error, such as {@code "triptych.yaml"}
     * @throws ConfigException with line and column if the text is no YAML map
     */
    static Map<String, Object> parse(String text, String source) {
        Object value = value(text, source);
        if (value == null) {
            return new LinkedHashMap<>();
        }
        return asMap(value, source);
    }

    /** The value that {@code text} holds; null where it is empty. */
    static @Nullable Object value(String text, String source) {
        if (text.length() > MAX_CHARACTERS) {
            throw new ConfigException(
                    source + " must be at most " + MAX_CHARACTERS + " characters but was " + text.length());
        }
        try (YAMLParser parser = YAML.createParser(text)) {
            return new YamlTree(parser, source).document();
        } catch (JsonProcessingException e) {
            throw unreadable(source, e);
        } catch (IOException e) {
            throw new ConfigException(source + " cannot be read", e);
        }
    }

    /** {@code value} as a map. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> asMap(Object value, String path) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw new ConfigException(
                path + " must be a map of keys and values but was a " + (value instanceof List ? "list" : "text"));
    }

    private @Nullable Object document() throws IOException {
        JsonToken first = parser.nextToken();
        Object value = first == null ? null : value(first);
        if (first != null && parser.nextToken() != null) {
            throw wrong("must hold one document but holds more");
        }
        return value;
    }

    private @Nullable Object value(JsonToken token) throws IOException {
        if (parser.isCurrentAlias()) {
            throw wrong("must not hold an alias (*name), which is not supported, but does");
        }
        return switch (token) {
            case START_OBJECT -> map();
            case START_ARRAY -> list();
            case VALUE_NULL -> null;
            default -> parser.getText();
        };
    }

    private Map<String, Object> map() throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            if (map.containsKey(key)) {
                throw wrong("holds the key " + key + " twice");
            }
            Object value = value(parser.nextToken());
            if (value != null) {
                map.put(key, value);
            } else if (isInGenerators()) {
                map.put(key, new LinkedHashMap<>());
            }
        }
        return map;
    }

    /** Whether the map that is being read is {@code generators}: there a name without a value is one all the same. */
    private boolean isInGenerators() {
        JsonStreamContext above = parser.getParsingContext().getParent();
        return above != null
                && ConfigSchema.GENERATORS.equals(above.getCurrentName())
                && above.getParent() != null
                && above.getParent().inRoot();
    }

    private List<Object> list() throws IOException {
        List<Object> list = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            Object value = value(token);
            if (value == null) {
                throw wrong("must not hold an empty list element but does");
            }
            list.add(value);
        }
        return list;
    }

    private ConfigException wrong(String what) {
        JsonLocation location = parser.currentTokenLocation();
        return new ConfigException(
                source + " " + what + ", at line " + location.getLineNr() + ", column " + location.getColumnNr());
    }

    /** The parser's own error is not passed on, since it quotes the lines around, which may hold a secret. */
    private static ConfigException unreadable(String source, JsonProcessingException e) {
        if (e.getCause() instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
            return new ConfigException(source + " cannot be read at line "
                    + (marked.getProblemMark().getLine() + 1) + ", column "
                    + (marked.getProblemMark().getColumn() + 1) + ": " + marked.getProblem());
        }
        JsonLocation location = e.getLocation();
        return new ConfigException(source + " cannot be read"
                + (location == null ? "" : " at line " + location.getLineNr() + ", column " + location.getColumnNr()));
    }
}
