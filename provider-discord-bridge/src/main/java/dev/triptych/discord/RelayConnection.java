package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.Cancellation;
import dev.triptych.Outcome;
import dev.triptych.internal.AllSteps;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import okhttp3.Dispatcher;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;

/**
 * The relay's connection to Discord: the gateway, REST within its rate limits, and downloads. It opens on first use and
 * stays open until it is closed. Thread-safe.
 */
final class RelayConnection implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(RelayConnection.class.getName());
    private static final int GUILDS = 1;
    private static final int GUILD_MESSAGES = 1 << 9;
    private static final int MESSAGE_CONTENT = 1 << 15;
    /** How long what was begun in the background may go on after the close. */
    private static final long CLOSE_MILLIS = 2_000;

    private final DiscordSettings settings;
    private final MonotonicTime time;
    private final Cancellation closing = new Cancellation();
    private final OkHttpClient http;
    private final DiscordRest rest;
    private final ImageFetcher fetcher;
    private final GatewayClient gateway;
    private final ExecutorService background = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "triptych-discord-background");
        thread.setDaemon(true);
        return thread;
    });

    RelayConnection(DiscordSettings settings, RelayEnvironment environment, GatewayListener listener) {
        this.settings = settings;
        this.time = environment.time();
        this.http = client(settings);
        this.rest = new DiscordRest(
                http,
                settings.restBase(),
                settings.token(),
                time,
                2 * settings.restTimeout().toMillis());
        this.fetcher = new ImageFetcher(
                http.newBuilder().followRedirects(false).build(), settings.cdnHosts(), settings.downloadLimit(), time);
        GatewayCore core =
                new GatewayCore(settings.token(), intents(settings), settings.gatewayTiming(), environment.random());
        this.gateway = new GatewayClient(http, this::gatewayAddress, core, listener, time);
    }

    private static int intents(DiscordSettings settings) {
        return GUILDS | GUILD_MESSAGES | (settings.watchChannel() ? MESSAGE_CONTENT : 0);
    }

    /** Daemon threads, no retry of its own: whether a call may be repeated is decided by who makes it. */
    private static OkHttpClient client(DiscordSettings settings) {
        ThreadPoolExecutor threads = (ThreadPoolExecutor) Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "triptych-discord-http");
            thread.setDaemon(true);
            return thread;
        });
        threads.setKeepAliveTime(5, TimeUnit.SECONDS);
        return new OkHttpClient.Builder()
                .dispatcher(new Dispatcher(threads))
                .retryOnConnectionFailure(false)
                .connectTimeout(settings.restTimeout())
                .readTimeout(settings.restTimeout())
                .writeTimeout(settings.restTimeout())
                .build();
    }

    private GatewayClient.GatewayAddress.Gateway gatewayAddress() throws RestFailure {
        if (settings.gatewayUrl() != null) {
            return new GatewayClient.GatewayAddress.Gateway(settings.gatewayUrl(), Integer.MAX_VALUE, 0);
        }
        JsonNode json = rest.call(Route.gatewayBot(), shortCall());
        JsonNode limit = json.path("session_start_limit");
        String url = json.path("url").asText();
        try {
            DiscordSettings.requireSecure(
                    "the gateway's address",
                    url.startsWith("wss"),
                    HttpUrl.get(url.replaceFirst("^ws", "http")).host());
        } catch (IllegalArgumentException e) {
            throw new RestFailure(RestFailure.Kind.UNAVAILABLE, e.getMessage() + "", e);
        }
        return new GatewayClient.GatewayAddress.Gateway(
                url, limit.path("remaining").asInt(1), limit.path("reset_after").asLong(0));
    }

    /** Connects if that has not happened; events come as soon as the session is ready. */
    void open() {
        gateway.start();
    }

    DiscordRest rest() {
        return rest;
    }

    ImageFetcher fetcher() {
        return fetcher;
    }

    /** Cancelled when the connection is closed. */
    Cancellation closing() {
        return closing;
    }

    /** A call that the relay makes for itself: one exchange, and no longer than the connection lives. */
    CallScope shortCall() {
        return new CallScope(time.millis() + settings.restTimeout().toMillis(), closing);
    }

    /** The message {@code id}, fresh from Discord: its links are new. */
    Message message(String id, CallScope scope) throws RestFailure {
        return Message.of(rest.call(Route.message(settings.channel(), id), scope));
    }

    /**
     * The kinds of channel in which a bot can post a message: text, news, its threads, and the chats of voice and
     * stage.
     */
    private static final List<Integer> POSTABLE = List.of(0, 2, 5, 10, 11, 12, 13);

    private static final List<Integer> FORUMS = List.of(15, 16);

    /**
     * The channel, if messages can be posted in it.
     *
     * @throws dev.triptych.ImageGenerationException if it cannot be seen, or has no place for messages
     */
    JsonNode channel(CallScope scope) {
        try {
            JsonNode channel = rest.call(Route.channel(settings.channel()), scope);
            Optional<String> unfit = unfit(channel);
            if (unfit.isPresent()) {
                throw Errors.unsupported(unfit.get());
            }
            return channel;
        } catch (RestFailure e) {
            throw Errors.of(e, Outcome.NOT_SENT);
        }
    }

    /** Why nothing can be posted in {@code channel}, as one line for a person; empty where it can. */
    static Optional<String> unfit(JsonNode channel) {
        int type = channel.path("type").asInt(0);
        String id = channel.path("id").asText();
        if (FORUMS.contains(type)) {
            return Optional.of("channel must be one to post messages in but " + id
                    + " is a forum, which holds posts only: name one of its posts, by its id");
        }
        if (!POSTABLE.contains(type)) {
            return Optional.of("channel must be one to post messages in but " + id + " is of type " + type
                    + ": name a text channel or a thread");
        }
        if (channel.path("thread_metadata").path("locked").asBoolean(false)
                && channel.path("thread_metadata").path("archived").asBoolean(false)) {
            return Optional.of("channel must be open but thread " + id + " is archived and locked: unlock it");
        }
        return Optional.empty();
    }

    /** Does {@code work} on a thread of its own, one after the other, that nobody waits for. */
    void inBackground(String what, BackgroundWork work) {
        try {
            background.execute(() -> quietly(what, work));
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.WARNING, what + " was not done: the relay was closed");
        }
    }

    private static void quietly(String what, BackgroundWork work) {
        try {
            work.run();
        } catch (RestFailure e) {
            LOG.log(System.Logger.Level.WARNING, what + " was not done: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            // The next piece of work needs this thread.
            LOG.log(System.Logger.Level.WARNING, what + " was not done", e);
        }
    }

    /** A call that the relay makes on its own account. */
    @FunctionalInterface
    interface BackgroundWork {
        void run() throws RestFailure;
    }

    @Override
    public void close() {
        AllSteps.run(List.of(
                background::shutdown,
                () -> awaitEnd(background),
                closing::cancel,
                background::shutdownNow,
                gateway::close,
                () -> http.dispatcher().cancelAll(),
                () -> http.dispatcher().executorService().shutdown(),
                () -> awaitEnd(http.dispatcher().executorService()),
                () -> http.connectionPool().evictAll()));
    }

    private static void awaitEnd(ExecutorService threads) {
        try {
            if (!threads.awaitTermination(CLOSE_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.log(System.Logger.Level.DEBUG, "a call to Discord goes on after the close and is cancelled");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
