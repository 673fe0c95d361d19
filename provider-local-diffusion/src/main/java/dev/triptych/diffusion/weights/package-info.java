/** Weights: tensors where they lie in files, views over them, and what is computed from them. */
@NullMarked
package dev.triptych.diffusion.weights;

import org.jspecify.annotations.NullMarked;
