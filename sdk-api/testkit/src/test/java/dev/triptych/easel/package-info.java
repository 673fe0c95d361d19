/** A provider for an API that paints, as its author would write it. */
@NullMarked
package dev.triptych.easel;

import org.jspecify.annotations.NullMarked;
