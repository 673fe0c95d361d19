/**
 * The Hugging Face Hub: names of models become files in the cache that is shared with Python's huggingface_hub. Knows
 * no checkpoint and no engine.
 */
@NullMarked
package dev.triptych.diffusion.hub;

import org.jspecify.annotations.NullMarked;
