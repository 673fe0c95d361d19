/**
 * What the tensors of a file are called: the names that CompVis, Stability, Black Forest Labs and others gave their
 * networks, and where the same tensors stand under diffusers' and transformers' names.
 */
@NullMarked
package dev.triptych.diffusion.checkpoint.names;

import org.jspecify.annotations.NullMarked;
