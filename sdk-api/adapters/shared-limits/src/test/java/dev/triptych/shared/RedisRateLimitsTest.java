package dev.triptych.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.config.SharedSettings;
import dev.triptych.resilience.Permits;
import dev.triptych.resilience.Permits.Permit;
import dev.triptych.resilience.RateLimitSettings;
import dev.triptych.resilience.RateLimits;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RedisRateLimitsTest {

    private static final Permit NOW = Permit.in(Duration.ZERO);
    private static final Permit IN_A_MINUTE = Permit.in(Duration.ofMinutes(1));

    private RedisProcess redis;
    private final AtomicLong nanoTime = new AtomicLong(TimeUnit.DAYS.toNanos(20_000));

    @BeforeEach
    void start() throws Exception {
        redis = RedisProcess.start();
    }

    @AfterEach
    void stop() throws Exception {
        if (redis != null) {
            redis.close();
        }
    }

    private RateLimits machine() {
        SharedSettings settings =
                SharedSettings.redis(redis.address()).withWorkers(2).withTimeout(Duration.ofSeconds(1));
        return new RedisRateLimits(
                new RedisServer(settings, settings.timeout(), nanoTime::get), settings, new TimeMeter() {
                    @Override
                    public long currentTimeNanos() {
                        return nanoTime.get();
                    }

                    @Override
                    public boolean isWallClockBased() {
                        return true;
                    }
                });
    }

    private static RateLimitSettings perMinute(int permits, Duration maxWait) {
        return new RateLimitSettings(permits, Duration.ofMinutes(1), maxWait, RateLimitSettings.Store.REDIS);
    }

    private Permit alone(int of) {
        return new Permit(
                Duration.ZERO,
                Optional.of(redis.place()
                        + " is away, so this machine keeps to its own share of the rate limit, one of " + of));
    }

    @Test
    void machinesTakeTheirPermitsFromOneLimit() {
        try (RateLimits one = machine();
                RateLimits other = machine()) {
            Permits here = one.of("studio", perMinute(3, Duration.ofMinutes(1)));
            Permits there = other.of("studio", perMinute(3, Duration.ofMinutes(1)));

            assertThat(here.take()).contains(NOW);
            assertThat(there.take()).contains(NOW);
            assertThat(here.take()).contains(NOW);
            assertThat(there.take()).contains(IN_A_MINUTE);
            assertThat(here.take()).contains(IN_A_MINUTE);
            assertThat(here.take()).contains(IN_A_MINUTE);
            assertThat(there.take()).isEmpty();
            assertThat(other.of("offline", perMinute(3, Duration.ZERO)).take()).contains(NOW);

            nanoTime.addAndGet(TimeUnit.MINUTES.toNanos(2));
            assertThat(there.take()).contains(NOW);
        }
    }

    @Test
    void whoMayNotWaitIsRefusedAtOnce() {
        try (RateLimits limits = machine()) {
            Permits permits = limits.of("studio", perMinute(1, Duration.ZERO));

            assertThat(permits.take()).contains(NOW);
            assertThat(permits.take()).isEmpty();
        }
    }

    @Test
    void keepsToItsShareWhileRedisIsAway() throws Exception {
        try (RateLimits limits = machine()) {
            Permits permits = limits.of("studio", perMinute(4, Duration.ZERO));
            assertThat(permits.take()).contains(NOW);

            redis.kill();
            assertThat(permits.take()).contains(alone(2));
            assertThat(permits.take()).contains(alone(2));
            assertThat(permits.take()).isEmpty();

            redis.startAgain();
            assertThat(permits.take()).as("is not asked again at once").isEmpty();
            nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(3));
            assertThat(permits.take()).contains(NOW);
        }
    }

    @Test
    void beginsWithItsShareWhereRedisIsNotThereYet() throws Exception {
        redis.kill();
        try (RateLimits limits = machine()) {
            assertThat(limits.of("studio", perMinute(1, Duration.ZERO)).take()).contains(alone(2));

            Permits permits = limits.of("studio", perMinute(1, Duration.ofMinutes(2)));
            assertThat(permits.take()).contains(alone(2));
            // Half a permit a minute is one in two.
            assertThat(permits.take()).map(Permit::delay).contains(Duration.ofMinutes(2));
            assertThat(permits.take()).isEmpty();
        }
    }

    @Test
    void doesNotWaitForAServerThatHangs() throws Exception {
        try (RateLimits limits = machine()) {
            Permits permits = limits.of("studio", perMinute(4, Duration.ZERO));
            permits.take();
            redis.pause();
            try {
                assertThat(permits.take()).contains(alone(2));
            } finally {
                redis.goOn();
            }
        }
    }
}
