/**
 * What stands around a provider: rate limit, bulkhead, circuit breaker, retry that knows about money, timeout, split,
 * fallback, budget and observation. Resilience4j is inside and never shows. A request walks through them from the
 * outside inwards, in this order:
 *
 * <pre>
 * observe → rewrite → cache → budget → fallback
 *     [ rate limit → bulkhead → circuit breaker → retry → timeout → split → provider ]
 * </pre>
 *
 * where the part in brackets stands around each candidate of the fallback on its own.
 */
@NullMarked
package dev.triptych.resilience;

import org.jspecify.annotations.NullMarked;
