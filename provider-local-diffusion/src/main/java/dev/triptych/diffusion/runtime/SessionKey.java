package dev.triptych.diffusion.runtime;

/**
 * What a session is for.
 *
 * @param kind the model
 * @param height the input's height; 0 where it has none
 * @param width the input's width; 0 where it has none
 * @param tokens how many prompt embeddings or ids; 0 where it has none
 * @param clipSkip how many last layers of a text encoder are left out
 */
record SessionKey(ModelKind kind, int height, int width, int tokens, int clipSkip) {}
