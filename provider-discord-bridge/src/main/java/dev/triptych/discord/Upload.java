package dev.triptych.discord;

/**
 * A file to be attached to a message.
 *
 * @param filename how it is shown
 * @param mediaType such as {@code "image/png"}
 * @param bytes what is in it; not copied, since only this package makes and reads it
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared, only sent.
record Upload(String filename, String mediaType, byte[] bytes) {

    @Override
    public String toString() {
        return "Upload[" + mediaType + ", " + bytes.length + " bytes]";
    }
}
