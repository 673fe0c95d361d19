package dev.triptych.diffusion.hub;

import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the hub is, where its files are kept, and who asks: what huggingface_hub reads from the environment
 * (huggingface_hub 2.4.0, constants.py), by the same names. Immutable.
 *
 * <pre>{@code
 * HubSettings settings = HubSettings.of(Map.of("HF_HUB_CACHE", "/srv/models"), UserFolders::home);
 * settings.cache();     // /srv/models
 * settings.endpoint();  // https://huggingface.co
 * }</pre>
 *
 * @param endpoint where the hub is, without a slash at the end; {@code HF_ENDPOINT}
 * @param cache the folder that holds {@code models--OWNER--NAME}; {@code HF_HUB_CACHE}
 * @param token who asks; {@code HF_TOKEN} or the token file
 * @param offline whether no request may be made; {@code HF_HUB_OFFLINE}
 * @param links whether snapshots may be symbolic links; false with {@code HF_HUB_DISABLE_SYMLINKS}
 * @param answerTimeout how long an answer may take to begin, 10 s by default; {@code HF_HUB_ETAG_TIMEOUT}
 * @param readTimeout how long no byte may come, 10 s by default; {@code HF_HUB_DOWNLOAD_TIMEOUT}
 * @param proxy the way out; {@code HTTPS_PROXY}, {@code NO_PROXY}
 * @param userAgent how we call ourselves; short with {@code HF_HUB_DISABLE_TELEMETRY} or {@code DO_NOT_TRACK}
 */
public record HubSettings(
        URI endpoint,
        Path cache,
        HubToken token,
        boolean offline,
        boolean links,
        Duration answerTimeout,
        Duration readTimeout,
        Optional<ProxySelector> proxy,
        String userAgent) {

    private static final String STANDARD_ENDPOINT = "https://huggingface.co";
    private static final Duration STANDARD_TIMEOUT = Duration.ofSeconds(10);
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

    /** {@code $NAME} or {@code ${NAME}}, as Python's os.path.expandvars reads them. */
    private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");

    /**
     * What {@code environment} says.
     *
     * @param home the user's home, asked for where it is needed
     * @throws ModelLoadException if a variable holds what it cannot hold, or the home is needed and there is none
     */
    public static HubSettings of(Map<String, String> environment, Supplier<Path> home) {
        Environment variables = new Environment(environment, home);
        Path hubHome = variables
                .path("HF_HOME")
                .or(() -> variables.path("XDG_CACHE_HOME").map(xdg -> xdg.resolve("huggingface")))
                .orElseGet(() -> variables.home().resolve(".cache").resolve("huggingface"));
        Path cache = variables
                .path("HF_HUB_CACHE")
                .or(() -> variables.path("HUGGINGFACE_HUB_CACHE"))
                .orElseGet(() -> hubHome.resolve("hub"));
        boolean quiet = variables.isTrue("HF_HUB_DISABLE_TELEMETRY") || variables.isTrue("DO_NOT_TRACK");
        return new HubSettings(
                endpoint(variables),
                cache,
                token(variables, hubHome),
                variables.isTrue("HF_HUB_OFFLINE") || variables.isTrue("TRANSFORMERS_OFFLINE"),
                !variables.isTrue("HF_HUB_DISABLE_SYMLINKS"),
                variables.seconds("HF_HUB_ETAG_TIMEOUT"),
                variables.seconds("HF_HUB_DOWNLOAD_TIMEOUT"),
                HubProxy.of(environment),
                userAgent(quiet));
    }

    /** The endpoint's host, for messages. */
    String host() {
        return endpoint.getAuthority();
    }

    private static URI endpoint(Environment variables) {
        String text = variables.text("HF_ENDPOINT").orElse(STANDARD_ENDPOINT).replaceAll("/+$", "");
        try {
            URI endpoint = URI.create(text);
            if (Origin.isHttp(endpoint) && endpoint.getUserInfo() == null) {
                return endpoint;
            }
        } catch (IllegalArgumentException e) {
            throw new ModelLoadException("HF_ENDPOINT must be the address of a hub but is no address", e);
        }
        throw new ModelLoadException(
                "HF_ENDPOINT must be an http or https address without a name or password in it" + " but was not");
    }

    private static HubToken token(Environment variables, Path hubHome) {
        if (variables.isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
            return HubToken.none();
        }
        for (String name : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
            Optional<String> value = variables.text(name);
            if (value.isPresent()) {
                return HubToken.of(value.get(), name);
            }
        }
        Path file = variables.path("HF_TOKEN_PATH").orElseGet(() -> hubHome.resolve("token"));
        try {
            return Files.isRegularFile(file) ? HubToken.of(Files.readString(file), file.toString()) : HubToken.none();
        } catch (IOException e) {
            throw new ModelLoadException(file + " must hold the hub's token but cannot be read", e);
        }
    }

    private static String userAgent(boolean quiet) {
        String version =
                Objects.requireNonNullElse(HubSettings.class.getPackage().getImplementationVersion(), "dev");
        return "triptych/" + version
                + (quiet ? "" : "; java/" + Runtime.version().feature());
    }

    /** Variables as huggingface_hub reads them: blank is unset, and a path may hold {@code ~} and {@code $NAME}. */
    private record Environment(Map<String, String> values, Supplier<Path> homeFolder) {

        Optional<String> text(String name) {
            return Optional.ofNullable(values.get(name)).map(String::strip).filter(value -> !value.isEmpty());
        }

        boolean isTrue(String name) {
            return text(name)
                    .map(value -> TRUE.contains(value.toUpperCase(Locale.ROOT)))
                    .orElse(false);
        }

        Optional<Path> path(String name) {
            return text(name).map(value -> {
                try {
                    return expand(value);
                } catch (InvalidPathException e) {
                    throw new ModelLoadException(name + " must be a folder or file but was \"" + value + "\"", e);
                }
            });
        }

        private Path expand(String text) {
            String known = VARIABLE.matcher(text).replaceAll(match -> {
                String value = values.get(match.group(1) == null ? match.group(2) : match.group(1));
                return Matcher.quoteReplacement(value == null ? match.group() : value);
            });
            boolean inHome = known.equals("~") || known.startsWith("~/");
            Path path = inHome ? home().resolve(known.substring(Math.min(2, known.length()))) : Path.of(known);
            return path.toAbsolutePath().normalize();
        }

        Path home() {
            try {
                return homeFolder.get();
            } catch (IllegalStateException e) {
                throw new ModelLoadException("the hub's cache has no place: " + e.getMessage(), e);
            }
        }

        Duration seconds(String name) {
            return text(name)
                    .map(value -> {
                        try {
                            long seconds = Long.parseLong(value);
                            if (seconds >= 1 && seconds <= 3600) {
                                return Duration.ofSeconds(seconds);
                            }
                        } catch (NumberFormatException e) {
                            throw new ModelLoadException(
                                    name + " must be a whole number of seconds but was \"" + value + "\"", e);
                        }
                        throw new ModelLoadException(name + " must be from 1 to 3600 seconds but was " + value);
                    })
                    .orElse(STANDARD_TIMEOUT);
        }
    }
}
