/** From a prompt to token ids: how prompts are written, and CLIP's byte-pair tokenizer. */
@NullMarked
package dev.triptych.diffusion.prompt;

import org.jspecify.annotations.NullMarked;
