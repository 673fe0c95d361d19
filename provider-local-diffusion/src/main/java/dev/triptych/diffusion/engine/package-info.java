/**
 * Runs networks: sessions of ONNX Runtime, devices, one worker, one fair queue. The only package that knows ONNX
 * Runtime; it knows no checkpoint and no network by name.
 */
@NullMarked
package dev.triptych.diffusion.engine;

import org.jspecify.annotations.NullMarked;
