/** One program that shows what stands around every generator. */
@NullMarked
package dev.triptych.examples.quickstart;

import org.jspecify.annotations.NullMarked;
