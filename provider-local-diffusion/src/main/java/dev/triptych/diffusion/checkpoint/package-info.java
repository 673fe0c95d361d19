/** Reads a checkpoint: a Hugging Face diffusers directory with its configs and safetensors weights. */
@NullMarked
package dev.triptych.diffusion.checkpoint;

import org.jspecify.annotations.NullMarked;
