package dev.triptych.cache;

import java.util.List;

/**
 * An entry as bytes.
 *
 * @param metadata what is known about the pictures
 * @param blobs the encoded pictures, in order; not copied, so nobody may change them
 */
record StoredEntry(String metadata, List<byte[]> blobs) {

    StoredEntry {
        blobs = List.copyOf(blobs);
    }
}
