/** T5's encoder, as a text encoder. */
@NullMarked
package dev.triptych.diffusion.network.t5;

import org.jspecify.annotations.NullMarked;
