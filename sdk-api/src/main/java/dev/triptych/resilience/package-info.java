/**
 * What stands around a provider: rate limit, bulkhead, circuit breaker, retry that knows about money, timeout, split,
 * fallback, budget and observation. Resilience4j is inside and never shows.
 */
@NullMarked
package dev.triptych.resilience;

import org.jspecify.annotations.NullMarked;
