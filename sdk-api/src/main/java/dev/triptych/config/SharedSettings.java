package dev.triptych.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * The servers on which several machines keep one budget, and one rate limit for each generator.
 *
 * <pre>{@code
 * SharedSettings shared = SharedSettings.redis("redis://localhost:6379").withWorkers(4);
 * }</pre>
 *
 * @param redis address of a Redis server, such as {@code redis://localhost:6379}, or {@code rediss://} with TLS;
 *     without a password; empty = none
 * @param redisUser who connects to it; empty = its default user
 * @param redisPassword their password, a secret; empty = none
 * @param jdbc address of a PostgreSQL database, such as {@code jdbc:postgresql://localhost/triptych}; empty = none
 * @param user who connects to it; empty = as the address or the driver says
 * @param password their password, a secret; empty = as the address or the driver says
 * @param name what all that share one budget and one limit call it; letters, digits, {@code . _ -}
 * @param workers how many machines are expected, 1 to 10 000: each takes its share of a limit while Redis is away
 * @param timeout the longest that one question to Redis about a rate limit takes, 1 ms to 1 min; one about money may
 *     take ten times as long
 */
public record SharedSettings(
        Optional<String> redis,
        Optional<String> redisUser,
        Optional<String> redisPassword,
        Optional<String> jdbc,
        Optional<String> user,
        Optional<String> password,
        String name,
        int workers,
        Duration timeout) {

    private static final String NAME = "[A-Za-z0-9._-]{1,64}";
    private static final Duration LONGEST = Duration.ofMinutes(1);

    /**
     * @throws IllegalArgumentException if a number is out of range, or an address of another kind or with a password
     */
    public SharedSettings {
        redis.ifPresent(address -> requireAddress("shared.redis", address, "redis://localhost:6379", "redis"));
        jdbc.ifPresent(address ->
                requireAddress("shared.jdbc", address, "jdbc:postgresql://localhost/triptych", "jdbc:postgresql:"));
        if (!name.matches(NAME)) {
            throw new IllegalArgumentException(
                    "shared.name must be 1 to 64 letters, digits, '.', '_' and '-' but was \"" + name + "\"");
        }
        if (workers < 1 || workers > 10_000) {
            throw new IllegalArgumentException("shared.workers must be between 1 and 10000 but was " + workers);
        }
        if (timeout.toMillis() < 1 || timeout.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("shared.timeout must be between 1ms and 1m but was " + timeout);
        }
    }

    /** The address is not shown where it is wrong: it may hold a password, and that is what may be wrong with it. */
    private static void requireAddress(String key, String address, String example, String scheme) {
        if (!address.startsWith(scheme)) {
            throw new IllegalArgumentException(key + " must be an address such as " + example + " but was another");
        }
        String server = address.replaceFirst("^[^/]*//", "").replaceFirst("[/?#].*$", "");
        if (server.contains("@") || address.toLowerCase(Locale.ROOT).contains("password=")) {
            throw new IllegalArgumentException(
                    key + " must hold no user and no password but does; they have keys of" + " their own");
        }
    }

    /** A Redis server. */
    public static SharedSettings redis(String address) {
        return none().withRedis(address);
    }

    /** A PostgreSQL database, with a user who needs no password where both are empty. */
    public static SharedSettings jdbc(String address, Optional<String> user, Optional<String> password) {
        SharedSettings none = none();
        return new SharedSettings(
                none.redis,
                none.redisUser,
                none.redisPassword,
                Optional.of(address),
                user,
                password,
                none.name,
                none.workers,
                none.timeout);
    }

    /** No server: name {@code triptych}, 2 machines, 200 ms. */
    static SharedSettings none() {
        return new SharedSettings(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                "triptych",
                2,
                Duration.ofMillis(200));
    }

    /** These settings with a Redis server. */
    public SharedSettings withRedis(String address) {
        return new SharedSettings(
                Optional.of(address), redisUser, redisPassword, jdbc, user, password, name, workers, timeout);
    }

    /** These settings with who connects to Redis. */
    public SharedSettings withRedisUser(Optional<String> value, Optional<String> itsPassword) {
        return new SharedSettings(redis, value, itsPassword, jdbc, user, password, name, workers, timeout);
    }

    /** These settings under another name. */
    public SharedSettings withName(String value) {
        return new SharedSettings(redis, redisUser, redisPassword, jdbc, user, password, value, workers, timeout);
    }

    /** These settings for another number of machines. */
    public SharedSettings withWorkers(int value) {
        return new SharedSettings(redis, redisUser, redisPassword, jdbc, user, password, name, value, timeout);
    }

    /** These settings with another time for a question to Redis. */
    public SharedSettings withTimeout(Duration value) {
        return new SharedSettings(redis, redisUser, redisPassword, jdbc, user, password, name, workers, value);
    }

    /** Whether there is a server at all. */
    boolean isEmpty() {
        return redis.isEmpty() && jdbc.isEmpty();
    }

    /** The addresses; neither users nor passwords. */
    @Override
    public String toString() {
        return "SharedSettings[redis=" + redis.orElse("none") + ", jdbc=" + jdbc.orElse("none") + ", name=" + name
                + "]";
    }
}
