package dev.triptych.shared;

import dev.triptych.config.SharedSettings;
import dev.triptych.resilience.Permits;
import dev.triptych.resilience.RateLimitSettings;
import dev.triptych.resilience.RateLimits;
import io.github.bucket4j.TimeMeter;

/** Rate limits on a Redis server. Thread-safe. */
final class RedisRateLimits implements RateLimits {

    private final RedisServer server;
    private final SharedSettings settings;
    private final TimeMeter clock;

    /** Limits on {@code server}, which it closes. */
    RedisRateLimits(RedisServer server, SharedSettings settings, TimeMeter clock) {
        this.server = server;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public Permits of(String name, RateLimitSettings limit) {
        return new RedisPermits(server, settings, name, limit, clock);
    }

    @Override
    public void close() {
        server.close();
    }
}
