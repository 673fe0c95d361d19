/** Turns a checkpoint's configs into ONNX graphs whose initializers are the checkpoint's own weights. */
@NullMarked
package dev.triptych.diffusion.graph;

import org.jspecify.annotations.NullMarked;
