/** CLIP: how well a picture shows a text. */
@NullMarked
package dev.triptych.diffusion.clip;

import org.jspecify.annotations.NullMarked;
