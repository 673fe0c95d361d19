/** A table of requests becomes a table of pictures. */
@NullMarked
package dev.triptych.examples.sparkbatch;

import org.jspecify.annotations.NullMarked;
