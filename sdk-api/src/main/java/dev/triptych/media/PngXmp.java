package dev.triptych.media;

import java.util.Map;

/** XMP in PNG: the text under a keyword of its own (XMP specification part 3, section 1.1.5). */
final class PngXmp {

    private PngXmp() {}

    /**
     * The packet in {@code png}; {@code ""} = none.
     *
     * @throws IllegalArgumentException if {@code png} is malformed
     */
    static String packet(byte[] png) {
        return PngText.read(png).getOrDefault(XmpPacket.PNG_KEYWORD, "");
    }

    /** {@code png} with {@code type}; as it is where that cannot be put in. */
    static byte[] mark(byte[] png, DigitalSourceType type) {
        String old;
        try {
            old = packet(png);
        } catch (IllegalArgumentException e) {
            return png; // a picture that viewers may read all the same is left alone
        }
        String packet = old.isEmpty() ? XmpPacket.of(type) : XmpPacket.joined(old, type);
        return packet.isEmpty() ? png : PngText.withUtf8(png, Map.of(XmpPacket.PNG_KEYWORD, packet));
    }
}
