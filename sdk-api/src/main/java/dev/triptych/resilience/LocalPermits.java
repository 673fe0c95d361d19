package dev.triptych.resilience;

import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import java.time.Duration;
import java.util.Optional;

/** The permits of this process alone. */
final class LocalPermits implements Permits {

    private final String name;
    private final RateLimiterRegistry registry;
    private final RateLimiter limiter;

    LocalPermits(String name, RateLimitSettings settings, RateLimiterRegistry registry) {
        this.name = name;
        this.registry = registry;
        this.limiter = registry.rateLimiter(
                name,
                RateLimiterConfig.custom()
                        .limitForPeriod(settings.permits())
                        .limitRefreshPeriod(settings.period())
                        .timeoutDuration(settings.maxWait())
                        .build());
    }

    @Override
    public Optional<Permit> take() {
        long waitNanos = limiter.reservePermission();
        return waitNanos < 0 ? Optional.empty() : Optional.of(Permit.in(Duration.ofNanos(waitNanos)));
    }

    @Override
    public void close() {
        Resilience.removeOwn(registry, name, limiter);
    }
}
