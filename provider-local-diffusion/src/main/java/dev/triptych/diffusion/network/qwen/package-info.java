/** Qwen3, a language model, as a text encoder. */
@NullMarked
package dev.triptych.diffusion.network.qwen;

import org.jspecify.annotations.NullMarked;
