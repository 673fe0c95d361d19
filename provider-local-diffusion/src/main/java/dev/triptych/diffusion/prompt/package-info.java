/** CLIP's byte-pair tokenizer: from a prompt to the token ids that a text encoder reads. */
@NullMarked
package dev.triptych.diffusion.prompt;

import org.jspecify.annotations.NullMarked;
