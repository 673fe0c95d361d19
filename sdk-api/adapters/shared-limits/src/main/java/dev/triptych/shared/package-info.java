/** One budget and one rate limit for several machines, on PostgreSQL or Redis. */
@NullMarked
package dev.triptych.shared;

import org.jspecify.annotations.NullMarked;
