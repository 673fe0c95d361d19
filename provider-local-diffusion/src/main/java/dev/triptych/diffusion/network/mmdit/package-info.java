/** Stable Diffusion 3's transformer. */
@NullMarked
package dev.triptych.diffusion.network.mmdit;

import org.jspecify.annotations.NullMarked;
