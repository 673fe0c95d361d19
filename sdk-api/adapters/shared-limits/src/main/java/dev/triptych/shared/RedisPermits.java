package dev.triptych.shared;

import dev.triptych.config.SharedSettings;
import dev.triptych.resilience.Permits;
import dev.triptych.resilience.RateLimitSettings;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.TimeoutException;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The permits of one generator, in a bucket on Redis. While Redis is away, this machine has a bucket of its own with
 * its share of the permits, and says so. Thread-safe.
 */
final class RedisPermits implements Permits {

    private static final System.Logger LOG = System.getLogger(RedisPermits.class.getName());

    private final RedisServer server;
    private final Duration timeout;
    private final String key;
    private final RateLimitSettings limit;
    private final BucketConfiguration configuration;
    private final TimeMeter clock;
    private final Bucket own;
    private final String remark;
    private final AtomicBoolean told = new AtomicBoolean();

    RedisPermits(RedisServer server, SharedSettings settings, String name, RateLimitSettings limit, TimeMeter clock) {
        this.server = server;
        this.timeout = settings.timeout();
        this.limit = limit;
        this.clock = clock;
        // Whoever has other settings has another bucket.
        this.key = "triptych:rate-limit:" + settings.name() + ":" + name + ":" + limit.permits() + "/" + limit.period();
        this.configuration = BucketConfiguration.builder()
                .addLimit(bandwidth(limit.permits(), limit.period()))
                .build();
        this.own = Bucket.builder()
                .withCustomTimePrecision(clock)
                .addLimit(share(limit, settings.workers()))
                .build();
        this.remark = server.place() + " is away, so this machine keeps to its own share of the rate limit, one of "
                + settings.workers();
    }

    private static Bandwidth bandwidth(int permits, Duration period) {
        return Bandwidth.builder()
                .capacity(permits)
                .refillIntervally(permits, period)
                .build();
    }

    /** One machine's share; less than one permit in a period is one permit in a longer one. */
    private static Bandwidth share(RateLimitSettings limit, int workers) {
        return limit.permits() >= workers
                ? bandwidth(limit.permits() / workers, limit.period())
                : bandwidth(1, limit.period().multipliedBy(workers).dividedBy(limit.permits()));
    }

    @Override
    public Optional<Permit> take() {
        if (!server.isLeftAlone()) {
            try {
                Optional<Permit> permit = server.ask(this::takeShared).map(Permit::in);
                told.set(false);
                return permit;
            } catch (RedisException e) {
                log(e);
            }
        }
        return take(own).map(delay -> new Permit(delay, Optional.of(remark)));
    }

    /** Once for each time that Redis goes away. */
    private void log(RedisException e) {
        LOG.log(
                told.getAndSet(true) ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
                () -> remark + ": " + e.getMessage());
    }

    private Optional<Duration> takeShared(StatefulRedisConnection<String, byte[]> connection) {
        try {
            return take(shared(connection));
        } catch (TimeoutException e) {
            throw new RedisException(e);
        }
    }

    private Bucket shared(StatefulRedisConnection<String, byte[]> connection) {
        return Bucket4jLettuce.casBasedBuilder(connection)
                .clientClock(clock)
                .requestTimeout(timeout)
                .expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(limit.period()))
                .build()
                .getProxy(key, () -> configuration);
    }

    /** How long to wait for a permit that was taken from {@code bucket}; empty where none was. */
    private Optional<Duration> take(Bucket bucket) {
        if (limit.maxWait().isZero()) {
            return bucket.tryConsume(1) ? Optional.of(Duration.ZERO) : Optional.empty();
        }
        Delay delay = new Delay();
        return bucket.asBlocking().tryConsumeUninterruptibly(1, limit.maxWait(), delay::is)
                ? Optional.of(Duration.ofNanos(delay.nanos))
                : Optional.empty();
    }

    /** Hears how long a bucket would wait, and does not. */
    private static final class Delay {
        private long nanos;

        void is(long value) {
            nanos = value;
        }
    }
}
