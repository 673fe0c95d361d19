/** What graphs share: layers in the form that ONNX Runtime's kernels run fastest, and the binding of weights. */
@NullMarked
package dev.triptych.diffusion.network.layers;

import org.jspecify.annotations.NullMarked;
