/** FLUX.1's transformer. */
@NullMarked
package dev.triptych.diffusion.network.flux;

import org.jspecify.annotations.NullMarked;
