/**
 * What changes a network's weights without being a network: LoRA and its kin, textual inversion. Weights in, weights
 * out: touched tensors are patched in memory, all others stay where they are.
 */
@NullMarked
package dev.triptych.diffusion.adapt;

import org.jspecify.annotations.NullMarked;
