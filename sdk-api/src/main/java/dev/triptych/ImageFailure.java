package dev.triptych;

/**
 * One picture of a request that did not come, while others did.
 *
 * @param index which picture of the request, from 0
 * @param error why
 */
public record ImageFailure(int index, ImageGenerationException error) {}
