/** The local engine: from a prompt to pixels on this machine, without Python. */
@NullMarked
package dev.triptych.diffusion;

import org.jspecify.annotations.NullMarked;
