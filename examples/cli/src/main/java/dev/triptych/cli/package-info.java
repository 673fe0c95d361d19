/** The command line: makes pictures from a terminal. */
@NullMarked
package dev.triptych.cli;

import org.jspecify.annotations.NullMarked;
