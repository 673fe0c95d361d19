package dev.triptych.cache;

import dev.triptych.cache.EntryHead.BlobName;
import dev.triptych.internal.Sha256;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An entry as one value: the length of its head, the head, and the pictures one after the other. */
final class SharedEntries {

    private SharedEntries() {}

    static byte[] write(CacheKey key, StoredEntry entry) {
        byte[] head = head(key, entry).toBytes();
        int length = Integer.BYTES + head.length;
        for (byte[] blob : entry.blobs()) {
            length += blob.length;
        }
        ByteBuffer value = ByteBuffer.allocate(length).putInt(head.length).put(head);
        entry.blobs().forEach(value::put);
        return value.array();
    }

    static EntryHead head(CacheKey key, StoredEntry entry) {
        List<BlobName> names = entry.blobs().stream()
                .map(blob -> new BlobName(Sha256.hex(blob), blob.length))
                .toList();
        return new EntryHead(key, names, entry.metadata());
    }

    /** Head and pictures; the pictures are not held against their names yet. */
    record Parts(EntryHead head, List<byte[]> blobs) {}

    /** What {@code value} holds; empty if it is torn, was altered or belongs to another key. */
    static Optional<Parts> read(CacheKey key, byte[] value) {
        ByteBuffer bytes = ByteBuffer.wrap(value);
        if (bytes.remaining() < Integer.BYTES) {
            return Optional.empty();
        }
        int headLength = bytes.getInt();
        if (headLength < 0 || headLength > bytes.remaining()) {
            return Optional.empty();
        }
        byte[] head = new byte[headLength];
        bytes.get(head);
        return EntryHead.parse(head)
                .filter(parsed -> parsed.key().equals(key))
                .flatMap(parsed -> blobs(parsed, bytes).map(blobs -> new Parts(parsed, blobs)));
    }

    private static Optional<List<byte[]>> blobs(EntryHead head, ByteBuffer bytes) {
        List<byte[]> blobs = new ArrayList<>();
        for (BlobName name : head.blobs()) {
            if (name.length() > bytes.remaining()) {
                return Optional.empty();
            }
            byte[] blob = new byte[(int) name.length()];
            bytes.get(blob);
            blobs.add(blob);
        }
        return bytes.hasRemaining() ? Optional.empty() : Optional.of(blobs);
    }
}
