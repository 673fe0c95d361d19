/**
 * What callers import: one {@link dev.triptych.ImageGenerator} for every provider, the
 * {@link dev.triptych.ImageRequest} that goes in, the {@link dev.triptych.ImageResult} that comes out, and the errors,
 * events and capabilities around them.
 */
@NullMarked
package dev.triptych;

import org.jspecify.annotations.NullMarked;
