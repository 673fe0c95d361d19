/**
 * unCLIP's networks before the picture: the prior, which makes an image embedding of a text, and the projection, which
 * makes the decoder's conditioning of both.
 */
@NullMarked
package dev.triptych.diffusion.network.prior;

import org.jspecify.annotations.NullMarked;
