package dev.triptych.examples.discordbot;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.triptych.config.ConfigException;
import dev.triptych.storage.UserFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bot's own small configuration.
 *
 * @param token the bot's token
 * @param restBase the REST API's address
 * @param gatewayUrl the gateway's address; {@code ""} = the usual one
 * @param channels ids of the channels it works in; empty = all that it sees
 * @param relays ids of the bots whose mentions it obeys; people need no entry
 * @param generatorConfig a {@code triptych.yaml}; {@code ""} = the bundled checkpoint
 * @param generator the generator's name in that file; {@code ""} = its default
 * @param queuePerUser the most jobs that one user may have waiting
 * @param queueTotal the most jobs that may wait
 * @param steps denoising steps at {@code --q 1}
 * @param editMillis the least time between two edits of a progress message
 * @param bannedWords words that no prompt may have
 * @param adultWords words that are for age-restricted channels only
 */
public record BotConfig(
        String token,
        String restBase,
        String gatewayUrl,
        List<String> channels,
        List<String> relays,
        String generatorConfig,
        String generator,
        int queuePerUser,
        int queueTotal,
        int steps,
        long editMillis,
        List<String> bannedWords,
        List<String> adultWords) {

    private static final String REST_BASE = "https://discord.com/api/v10/";
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]+)}");
    private static final Set<String> KEYS = Set.of(
            "token",
            "rest-base",
            "gateway-url",
            "channels",
            "relays",
            "generator-config",
            "generator",
            "queue-per-user",
            "queue-total",
            "steps",
            "edit-every-ms",
            "banned-words",
            "adult-words");

    /** Copies the lists. */
    public BotConfig {
        channels = List.copyOf(channels);
        relays = List.copyOf(relays);
        bannedWords = List.copyOf(bannedWords);
        adultWords = List.copyOf(adultWords);
    }

    /**
     * The configuration in {@code file}.
     *
     * @throws ConfigException if it cannot be read, a key is unknown, or a value cannot be used
     */
    public static BotConfig load(Path file) {
        try {
            return of(new YAMLMapper().readTree(Files.readString(file)), System::getenv);
        } catch (IOException e) {
            throw new ConfigException("bot configuration cannot be read: " + file, e);
        }
    }

    static BotConfig of(JsonNode yaml, Function<String, String> environment) {
        for (Map.Entry<String, JsonNode> field : yaml.properties()) {
            if (!KEYS.contains(field.getKey())) {
                throw new ConfigException("bot configuration must have keys of "
                        + KEYS.stream().sorted().toList() + " but has \"" + field.getKey() + "\"");
            }
        }
        String token = resolve(text(yaml, "token", ""), environment);
        if (token.isBlank()) {
            throw new ConfigException("token must be set but was not");
        }
        return new BotConfig(
                token,
                text(yaml, "rest-base", REST_BASE),
                text(yaml, "gateway-url", ""),
                list(yaml, "channels"),
                list(yaml, "relays"),
                text(yaml, "generator-config", ""),
                text(yaml, "generator", ""),
                number(yaml, "queue-per-user", 3, 1_000),
                number(yaml, "queue-total", 50, 10_000),
                number(yaml, "steps", 20, 1_000),
                number(yaml, "edit-every-ms", 2_000, 600_000),
                list(yaml, "banned-words"),
                list(yaml, "adult-words"));
    }

    private static String text(JsonNode yaml, String key, String standard) {
        return yaml.path(key).asText(standard);
    }

    private static int number(JsonNode yaml, String key, int standard, int most) {
        JsonNode value = yaml.path(key);
        if (value.isMissingNode()) {
            return standard;
        }
        if (!value.isIntegralNumber() || value.asLong() < 1) {
            throw new ConfigException(key + " must be a whole number of at least 1 but was \"" + value.asText() + "\"");
        }
        if (!value.isInt() || value.asInt() > most) {
            throw new ConfigException(key + " must be at most " + most + " but was \"" + value.asText() + "\"");
        }
        return value.asInt();
    }

    private static List<String> list(JsonNode yaml, String key) {
        List<String> values = new ArrayList<>();
        JsonNode value = yaml.path(key);
        if (value.isArray()) {
            value.forEach(item -> values.add(item.asText()));
        } else if (!value.isMissingNode() && !value.isNull()) {
            values.add(value.asText());
        }
        return values;
    }

    private static String resolve(String text, Function<String, String> environment) {
        Matcher matcher = REFERENCE.matcher(text);
        if (!matcher.matches()) {
            return text;
        }
        if (matcher.group(1).equals("env")) {
            String value = environment.apply(matcher.group(2));
            if (value == null) {
                throw new ConfigException("environment variable " + matcher.group(2) + " must be set but was not");
            }
            return value;
        }
        try {
            return Files.readString(UserFolders.expand(matcher.group(2))).strip();
        } catch (IOException | IllegalStateException e) {
            throw new ConfigException("token file cannot be read: " + matcher.group(2), e);
        }
    }

    /** Everything but the token. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "BotConfig[%s, channels=%s, generator=%s]", restBase, channels, generator);
    }
}
