package dev.triptych.shared;

import dev.triptych.config.SharedSettings;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandInterruptedException;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisCredentialsProvider;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection to Redis, opened when it is first needed. While the server is away, it is asked again every few
 * seconds and not for every request. Thread-safe.
 */
final class RedisServer implements AutoCloseable {

    /** How long a server that did not answer is left alone. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(3);

    private static final Duration SHUTDOWN = Duration.ofSeconds(2);

    private final RedisURI address;
    private final Duration timeout;
    private final LongSupplier nanoTime;

    // Guarded by this.
    private @Nullable RedisClient client;
    private @Nullable StatefulRedisConnection<String, byte[]> connection;
    private boolean closed;

    private volatile boolean away;
    private volatile long awaySince;

    RedisServer(SharedSettings settings, Duration timeout, LongSupplier nanoTime) {
        this.address = address(settings, timeout);
        this.timeout = timeout;
        this.nanoTime = nanoTime;
    }

    private static RedisURI address(SharedSettings settings, Duration timeout) {
        RedisURI address;
        try {
            address = RedisURI.create(settings.redis().orElseThrow());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "shared.redis must be an address such as redis://localhost:6379 but was another", e);
        }
        settings.redisPassword()
                .map(password -> RedisCredentials.just(settings.redisUser().orElse(null), password))
                .ifPresent(known -> address.setCredentialsProvider(RedisCredentialsProvider.from(() -> known)));
        address.setTimeout(timeout);
        return address;
    }

    /** A question to the server. */
    interface Question<T> {
        T ask(StatefulRedisConnection<String, byte[]> connection);
    }

    /**
     * What the server says to {@code question}.
     *
     * @throws RedisException if it does not answer in time, or did not a moment ago
     */
    <T> T ask(Question<T> question) {
        if (isLeftAlone()) {
            throw new RedisException("Redis did not answer a moment ago");
        }
        try {
            T answer = question.ask(connection());
            away = false;
            return answer;
        } catch (RedisException e) {
            if (e instanceof RedisCommandInterruptedException || e.getCause() instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            } else {
                leaveAlone();
            }
            throw e;
        }
    }

    /** Whether the server did not answer a moment ago. */
    boolean isLeftAlone() {
        return away && nanoTime.getAsLong() - awaySince < PAUSE_NANOS;
    }

    private synchronized void leaveAlone() {
        awaySince = nanoTime.getAsLong();
        away = true;
        if (connection != null) {
            // Nobody waits for the end of what does not answer.
            CompletableFuture<Void> unused = connection.closeAsync();
            connection = null;
        }
    }

    private synchronized StatefulRedisConnection<String, byte[]> connection() {
        if (closed) {
            throw new RedisException("the connection to Redis must be open but was closed");
        }
        if (client == null) {
            client = RedisClient.create(address);
            client.setOptions(ClientOptions.builder()
                    .autoReconnect(false)
                    .socketOptions(
                            SocketOptions.builder().connectTimeout(timeout).build())
                    .build());
        }
        if (connection == null || !connection.isOpen()) {
            connection = client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
        }
        return connection;
    }

    /** Host and port, for messages. */
    String place() {
        return "redis at " + address.getHost() + ":" + address.getPort();
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (client != null) {
            client.shutdown(Duration.ZERO, SHUTDOWN);
        }
    }
}
