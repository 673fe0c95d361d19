/**
 * One budget and one rate limit for several machines, on PostgreSQL or Redis. A request comes by twice: before it goes
 * to a provider, to reserve what it may cost and its turn; and afterwards, to settle what it did cost.
 */
@NullMarked
package dev.triptych.shared;

import org.jspecify.annotations.NullMarked;
