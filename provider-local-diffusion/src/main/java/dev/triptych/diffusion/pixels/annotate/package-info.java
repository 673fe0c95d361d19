/** Pictures made into control pictures without a model: edges, brightness, inversion, blur. */
@NullMarked
package dev.triptych.diffusion.pixels.annotate;

import org.jspecify.annotations.NullMarked;
