/** Runs a checkpoint's models on ONNX Runtime; the only package that knows that library. */
@NullMarked
package dev.triptych.diffusion.runtime;

import org.jspecify.annotations.NullMarked;
