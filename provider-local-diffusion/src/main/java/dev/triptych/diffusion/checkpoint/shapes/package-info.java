/**
 * Configs made from the shapes of a network's tensors, for files that come without one: what the shapes say, and what
 * is usual where they say nothing.
 */
@NullMarked
package dev.triptych.diffusion.checkpoint.shapes;

import org.jspecify.annotations.NullMarked;
