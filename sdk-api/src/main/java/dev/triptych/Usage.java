package dev.triptych;

import java.util.OptionalLong;

/**
 * What a call used, as the provider counts it.
 *
 * @param inputTextTokens tokens of the prompt
 * @param inputImageTokens tokens of the input pictures
 * @param outputTokens tokens of the pictures made
 */
public record Usage(OptionalLong inputTextTokens, OptionalLong inputImageTokens, OptionalLong outputTokens) {}
