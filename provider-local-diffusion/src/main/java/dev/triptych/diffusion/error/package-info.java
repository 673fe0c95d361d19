/** The errors of the local engine, and the name it goes by in them. */
@NullMarked
package dev.triptych.diffusion.error;

import org.jspecify.annotations.NullMarked;
