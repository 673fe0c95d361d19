/** A page that paints. */
@NullMarked
package dev.triptych.examples.springboot;

import org.jspecify.annotations.NullMarked;
