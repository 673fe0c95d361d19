/** CLIP's two towers: text and picture. */
@NullMarked
package dev.triptych.diffusion.network.clip;

import org.jspecify.annotations.NullMarked;
