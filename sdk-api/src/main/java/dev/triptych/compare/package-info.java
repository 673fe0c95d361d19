/**
 * Side-by-side comparison: the same requests put to several generators, measured, and shown on one self-contained page.
 */
@NullMarked
package dev.triptych.compare;

import org.jspecify.annotations.NullMarked;
