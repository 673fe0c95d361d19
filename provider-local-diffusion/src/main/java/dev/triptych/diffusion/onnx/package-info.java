/** Writes ONNX models: a graph builder over a small protobuf writer, in plain Java. */
@NullMarked
package dev.triptych.diffusion.onnx;

import org.jspecify.annotations.NullMarked;
