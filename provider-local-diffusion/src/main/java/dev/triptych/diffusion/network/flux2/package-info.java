/** FLUX.2's transformer. */
@NullMarked
package dev.triptych.diffusion.network.flux2;

import org.jspecify.annotations.NullMarked;
