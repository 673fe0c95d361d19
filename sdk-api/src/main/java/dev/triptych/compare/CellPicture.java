package dev.triptych.compare;

import dev.triptych.media.ImageHeader;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The picture of a cell, which lies in a file of the comparison's folder.
 *
 * @param file its place below the comparison's folder, with {@code /} between names
 * @param header media type and size
 * @param bytes length of the file
 * @param sha256 SHA-256 of the file in lower-case hexadecimal
 * @param seed the seed that made it, where the generator tells
 * @param revisedPrompt the prompt that the provider made of ours, where it tells
 */
public record CellPicture(
        String file, ImageHeader header, long bytes, String sha256, OptionalLong seed, Optional<String> revisedPrompt) {

    /** File, format and size; the revised prompt is left out. */
    @Override
    public String toString() {
        return "CellPicture[" + file + ", " + header + ", " + bytes + " bytes]";
    }
}
