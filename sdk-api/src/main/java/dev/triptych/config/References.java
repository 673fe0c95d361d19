package dev.triptych.config;

import dev.triptych.storage.UserFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts in what {@code ${env:NAME}}, {@code ${env:NAME:-default}} and {@code ${file:PATH}} stand for. A default is taken
 * where the variable is not set or empty. A path is relative to the configuration file; {@code ~/} is the home
 * directory; white space at the end of the file is not part of the value. A doubled dollar sign keeps what follows from
 * being a reference.
 *
 * @param environment the variables by name
 * @param directory what relative paths are relative to
 */
record References(Map<String, String> environment, Path directory) {

    private static final Pattern REFERENCE = Pattern.compile("\\$?\\$\\{([^}]*)}");
    /** Nothing that is written out: {@code ${env:KEY:-secret}} is no reference to a secret. */
    static final Pattern ONE_REFERENCE = Pattern.compile("\\s*\\$\\{(env:((?!:-)[^}])+|file:[^}]+)\\}\\s*");

    private static final String DEFAULT = ":-";

    /** Whether {@code text} is one reference and nothing else, as a secret must be. */
    static boolean isReference(String text) {
        return ONE_REFERENCE.matcher(text).matches();
    }

    /** {@code value} with every reference in it, and in the maps and lists below it, resolved. */
    Object resolve(String path, Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> resolved = new LinkedHashMap<>();
            map.forEach((key, each) -> resolved.put(String.valueOf(key), resolve(path + "." + key, each)));
            return resolved;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(each -> resolve(path, each)).toList();
        }
        if (value instanceof String text) {
            return REFERENCE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(lookUp(path, match)));
        }
        return value;
    }

    private String lookUp(String path, MatchResult match) {
        if (match.group().startsWith("$$")) {
            return match.group().substring(1);
        }
        String reference = match.group(1);
        if (reference.startsWith("env:")) {
            return variable(path, reference.substring("env:".length()).strip());
        }
        if (reference.startsWith("file:")) {
            return content(path, reference.substring("file:".length()).strip());
        }
        throw new ConfigException(
                path + " must refer to ${env:NAME} or ${file:PATH} but refers to ${" + reference + "}");
    }

    private String variable(String path, String text) {
        int at = text.indexOf(DEFAULT);
        String name = at < 0 ? text : text.substring(0, at).strip();
        String value = environment.get(name);
        if (value == null || value.isEmpty()) {
            if (at >= 0) {
                return text.substring(at + DEFAULT.length());
            }
            throw new ConfigException(path + " needs the environment variable " + name + " but it is "
                    + (value == null ? "not set" : "empty"));
        }
        return value;
    }

    private String content(String path, String name) {
        Path file = file(path, name);
        try {
            return Files.readString(file).stripTrailing();
        } catch (NoSuchFileException e) {
            throw new ConfigException(path + " needs the file " + file + " but it does not exist", e);
        } catch (IOException e) {
            throw new ConfigException(path + " needs the file " + file + " but it cannot be read", e);
        }
    }

    private Path file(String path, String name) {
        try {
            return directory.resolve(UserFolders.expand(name));
        } catch (InvalidPathException | IllegalStateException e) {
            throw new ConfigException(path + " needs the file " + name + " but " + e.getMessage(), e);
        }
    }
}
