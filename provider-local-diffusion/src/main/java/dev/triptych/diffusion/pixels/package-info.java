/** Pictures in pixel space: decoding, resizing as Pillow does, and the way to and from a model's tensors. */
@NullMarked
package dev.triptych.diffusion.pixels;

import org.jspecify.annotations.NullMarked;
