package dev.triptych.discord;

import dev.triptych.storage.UserFolders;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Where the relay works, as whom, and how long it waits. Immutable.
 *
 * <pre>{@code
 * DiscordSettings settings = DiscordSettings.builder()
 *         .token(System.getenv("DISCORD_TOKEN"))
 *         .channel("1234")
 *         .trustedAuthors(List.of("5678")) // the image bot
 *         .build();
 * }</pre>
 */
public final class DiscordSettings {

    /** Discord's own address. */
    public static final String REST_BASE = "https://discord.com/api/v10/";

    /** Where Discord keeps attachments. */
    static final List<String> CDN_HOSTS = List.of("cdn.discordapp.com", "media.discordapp.net");

    /** The user id of Midjourney's bot, the trusted author in handoff mode unless another is named. */
    static final String MIDJOURNEY_BOT = "936929561302675456";

    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");

    private final String name;
    private final DiscordMode mode;
    private final HttpUrl restBase;
    private final @Nullable String gatewayUrl;
    private final List<String> cdnHosts;
    private final String token;
    private final String channel;
    private final List<String> trustedAuthors;
    private final String person;
    private final boolean watchChannel;
    private final Duration timeout;
    private final Duration reconcileAfter;
    private final Duration grace;
    private final Path journal;
    private final long uploadLimit;
    private final long downloadLimit;
    private final boolean previews;
    private final GatewayTiming gatewayTiming;
    private final Duration restTimeout;

    private DiscordSettings(Builder builder) {
        this.name = builder.name;
        this.mode = builder.mode;
        this.restBase = restBase(builder.restBase);
        this.gatewayUrl = builder.gatewayUrl;
        this.cdnHosts = List.copyOf(builder.cdnHosts);
        this.token = builder.token;
        this.channel = builder.channel;
        this.trustedAuthors = authors(builder);
        this.person = builder.person;
        this.watchChannel = builder.watchChannel;
        this.timeout = builder.timeout;
        this.reconcileAfter = builder.reconcileAfter;
        this.grace = builder.grace;
        this.journal = builder.journal != null
                ? builder.journal
                : UserFolders.home().resolve(".triptych").resolve("discord");
        this.uploadLimit = builder.uploadLimit;
        this.downloadLimit = builder.downloadLimit;
        this.previews = builder.previews;
        this.gatewayTiming = builder.gatewayTiming;
        this.restTimeout = builder.restTimeout;
    }

    private static List<String> authors(Builder builder) {
        if (builder.trustedAuthors.isEmpty() && builder.mode == DiscordMode.HANDOFF) {
            return List.of(MIDJOURNEY_BOT);
        }
        return List.copyOf(builder.trustedAuthors);
    }

    private static HttpUrl restBase(String text) {
        HttpUrl url = HttpUrl.parse(text.endsWith("/") ? text : text + "/");
        if (url == null) {
            throw new IllegalArgumentException("rest-base must be a web address but was \"" + text + "\"");
        }
        requireSecure("rest-base", url.isHttps(), url.host());
        return url;
    }

    /** A token must not cross a network in the clear. */
    static void requireSecure(String field, boolean secure, String host) {
        if (!secure && !LOOPBACK.contains(host)) {
            throw new IllegalArgumentException(
                    field + " must be https or wss unless it is on this machine but host \"" + host + "\" is not");
        }
    }

    /** Settings with Discord's own addresses. */
    public static Builder builder() {
        return new Builder();
    }

    String name() {
        return name;
    }

    DiscordMode mode() {
        return mode;
    }

    HttpUrl restBase() {
        return restBase;
    }

    @Nullable
    String gatewayUrl() {
        return gatewayUrl;
    }

    List<String> cdnHosts() {
        return cdnHosts;
    }

    String token() {
        return token;
    }

    String channel() {
        return channel;
    }

    List<String> trustedAuthors() {
        return trustedAuthors;
    }

    String person() {
        return person;
    }

    boolean watchChannel() {
        return watchChannel;
    }

    Duration timeout() {
        return timeout;
    }

    Duration reconcileAfter() {
        return reconcileAfter;
    }

    Duration grace() {
        return grace;
    }

    Path journal() {
        return journal;
    }

    long uploadLimit() {
        return uploadLimit;
    }

    long downloadLimit() {
        return downloadLimit;
    }

    boolean previews() {
        return previews;
    }

    GatewayTiming gatewayTiming() {
        return gatewayTiming;
    }

    Duration restTimeout() {
        return restTimeout;
    }

    /** Everything but the token. */
    @Override
    public String toString() {
        return "DiscordSettings[" + name + ", " + mode.word() + ", channel " + channel + ", " + restBase.host() + "]";
    }

    /** Collects settings. Not thread-safe. */
    public static final class Builder {
        private String name = "discord";
        private DiscordMode mode = DiscordMode.SELF_HOSTED;
        private String restBase = REST_BASE;
        private @Nullable String gatewayUrl;
        private List<String> cdnHosts = CDN_HOSTS;
        private String token = "";
        private String channel = "";
        private List<String> trustedAuthors = new ArrayList<>();
        private String person = "";
        private boolean watchChannel;
        private Duration timeout = Duration.ofMinutes(10);
        private Duration reconcileAfter = Duration.ofSeconds(30);
        private Duration grace = Duration.ofSeconds(20);
        private @Nullable Path journal;
        private long uploadLimit = 10L << 20;
        private long downloadLimit = 64L << 20;
        private boolean previews = true;
        private GatewayTiming gatewayTiming = GatewayTiming.standard();
        private Duration restTimeout = Duration.ofSeconds(30);

        private Builder() {}

        /** The generator's name. */
        public Builder name(String value) {
            name = value;
            return this;
        }

        /** Who makes the pictures; an image bot of one's own by default. */
        public Builder mode(DiscordMode value) {
            mode = value;
            return this;
        }

        /** The REST API's address, up to the version; Discord's by default. */
        public Builder restBase(String value) {
            restBase = value;
            return this;
        }

        /** The gateway's address; null = ask the REST API. */
        public Builder gatewayUrl(@Nullable String value) {
            gatewayUrl = value;
            return this;
        }

        /** Hosts that pictures may be fetched from, each {@code host} or {@code host:port}; Discord's by default. */
        public Builder cdnHosts(List<String> value) {
            cdnHosts = value;
            return this;
        }

        /** The relay bot's token. */
        public Builder token(String value) {
            token = value;
            return this;
        }

        /** The channel's id. */
        public Builder channel(String value) {
            channel = value;
            return this;
        }

        /** User ids of the bots whose messages count; in mode self-hosted the first is the one that is asked. */
        public Builder trustedAuthors(List<String> value) {
            trustedAuthors = value;
            return this;
        }

        /** In mode handoff, the user id of the person to call; {@code ""} = nobody in particular. */
        public Builder person(String value) {
            person = value;
            return this;
        }

        /** In mode handoff, whether results are picked up from the channel by themselves; they are not by default. */
        public Builder watchChannel(boolean value) {
            watchChannel = value;
            return this;
        }

        /** How long a job may take; 10 minutes by default. */
        public Builder timeout(Duration value) {
            timeout = value;
            return this;
        }

        /** How long a job may be silent before the channel is read again; 30 seconds by default. */
        public Builder reconcileAfter(Duration value) {
            reconcileAfter = value;
            return this;
        }

        /** How long a withdrawn or ambiguous job waits for better news; 20 seconds by default. */
        public Builder grace(Duration value) {
            grace = value;
            return this;
        }

        /** The directory of the job journal; {@code ~/.triptych/discord} by default. */
        public Builder journal(Path value) {
            journal = value;
            return this;
        }

        /** The most bytes of one attachment; Discord allows 10 MiB where a server has no boosts. */
        public Builder uploadLimit(long value) {
            uploadLimit = value;
            return this;
        }

        /** The most bytes of a picture to be fetched; 64 MiB by default. */
        public Builder downloadLimit(long value) {
            downloadLimit = value;
            return this;
        }

        /** Whether unfinished pictures are fetched and shown; they are by default. */
        public Builder previews(boolean value) {
            previews = value;
            return this;
        }

        Builder gatewayTiming(GatewayTiming value) {
            gatewayTiming = value;
            return this;
        }

        Builder restTimeout(Duration value) {
            restTimeout = value;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException if one is missing or cannot be used
         * @throws IllegalStateException if there is no journal and the user has no home to put one into
         */
        public DiscordSettings build() {
            require(!token.isBlank(), "token must be set but was not");
            require(Snowflake.isId(channel), "channel must be an id, all digits, but was \"" + channel + "\"");
            require(
                    mode == DiscordMode.HANDOFF || !trustedAuthors.isEmpty(),
                    "trusted-authors must name the image bot's user id but was empty");
            for (String author : trustedAuthors) {
                require(
                        Snowflake.isId(author),
                        "trusted-authors must be ids, all digits, but one was \"" + author + "\"");
            }
            require(
                    person.isEmpty() || Snowflake.isId(person),
                    "person must be an id, all digits, but was \"" + person + "\"");
            if (gatewayUrl != null) {
                checkGateway(gatewayUrl);
            }
            return new DiscordSettings(this);
        }

        private static void checkGateway(String url) {
            HttpUrl http = url.startsWith("ws") ? HttpUrl.parse("http" + url.substring(2)) : null;
            if (http == null) {
                throw new IllegalArgumentException(
                        "gateway-url must begin with ws:// or wss:// but was \"" + url + "\"");
            }
            requireSecure("gateway-url", http.isHttps(), http.host());
        }

        private static void require(boolean condition, String message) {
            if (!condition) {
                throw new IllegalArgumentException(message);
            }
        }
    }
}
