/**
 * Pictures that were made before: one call for equal requests at the same time, a tier in memory, one in a directory
 * that several processes may share, and one in any JSR-107 cache. A request passes here before anything that costs:
 * what is known is answered, and goes no further.
 */
@NullMarked
package dev.triptych.cache;

import org.jspecify.annotations.NullMarked;
