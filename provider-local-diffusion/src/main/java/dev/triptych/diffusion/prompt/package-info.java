/** From a prompt to token ids: how prompts are written, CLIP's byte-pair tokenizer, and T5's. */
@NullMarked
package dev.triptych.diffusion.prompt;

import org.jspecify.annotations.NullMarked;
