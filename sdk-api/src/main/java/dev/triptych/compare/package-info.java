/**
 * Side-by-side comparison: the same requests put to several generators, measured, and shown on one self-contained page.
 * Each cell is one request that takes the usual walk; its picture and measures come back into a
 * {@link dev.triptych.compare.Comparison}, of which {@link dev.triptych.compare.HtmlReport} makes the page.
 */
@NullMarked
package dev.triptych.compare;

import org.jspecify.annotations.NullMarked;
