package dev.triptych.diffusion.onnx;

/**
 * Where an initializer's bytes lie outside the model.
 *
 * @param location the file, relative to the folder given when the model is loaded, with {@code /} between its parts
 * @param offset where the bytes begin in the file
 * @param length how many they are
 */
public record ExternalData(String location, long offset, long length) {}
