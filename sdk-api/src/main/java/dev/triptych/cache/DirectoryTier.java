package dev.triptych.cache;

import dev.triptych.cache.EntryHead.BlobName;
import dev.triptych.storage.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;

/**
 * Entries in a directory that several processes may share. Thread-safe.
 *
 * <pre>
 * blobs/ab/abcd…   a picture, named by its SHA-256
 * index/12/1234…   an entry's head, named by its key; it names its pictures
 * aside/           files that are being written
 * </pre>
 *
 * <p>A picture is on disk before the head that names it. So a head whose picture is missing or another, and a head that
 * does not parse, is damage or the work of an eviction: a miss, and it is removed. When an entry was last used is the
 * time of its head's last modification.
 */
final class DirectoryTier {

    private static final System.Logger LOG = System.getLogger(DirectoryTier.class.getName());

    private final DirectoryLayout layout;
    private final DirectorySweep sweep;
    private final long maxBytes;
    private final Clock clock;
    private final DurableFiles files;
    private final AtomicLong writtenSinceSweep = new AtomicLong();

    DirectoryTier(Path root, long maxBytes, Clock clock, DurableFiles files) {
        this.layout = new DirectoryLayout(root);
        this.sweep = new DirectorySweep(layout, files, clock);
        this.maxBytes = maxBytes;
        this.clock = clock;
        this.files = files;
        this.writtenSinceSweep.set(maxBytes);
    }

    /**
     * What {@code decoder} makes of the entry of {@code key}. Where the entry is torn or was altered, or the decoder
     * gives nothing, it is removed.
     *
     * @throws IOException if the directory cannot be read
     */
    <T> Optional<T> get(CacheKey key, BiFunction<EntryHead, List<byte[]>, Optional<T>> decoder) throws IOException {
        Path index = layout.index(key);
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(index);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Optional<EntryHead> head =
                EntryHead.parse(bytes).filter(parsed -> parsed.key().equals(key));
        Optional<T> result = head.isEmpty()
                ? Optional.empty()
                : blobs(head.get()).flatMap(blobs -> decoder.apply(head.get(), blobs));
        if (result.isEmpty()) {
            discard(key, head);
        } else {
            touch(index);
        }
        return result;
    }

    private Optional<List<byte[]>> blobs(EntryHead head) throws IOException {
        List<byte[]> blobs = new ArrayList<>();
        for (BlobName name : head.blobs()) {
            byte[] bytes;
            try {
                bytes = Files.readAllBytes(layout.blob(name.sha256()));
            } catch (NoSuchFileException e) {
                return Optional.empty();
            }
            if (bytes.length != name.length()) {
                return Optional.empty();
            }
            blobs.add(bytes);
        }
        return Optional.of(blobs);
    }

    /** Removes the entry, and those of its pictures that are not what their names say. */
    private void discard(CacheKey key, Optional<EntryHead> head) throws IOException {
        LOG.log(
                System.Logger.Level.WARNING,
                "cache entry " + key.hex().substring(0, 12) + " was damaged or incomplete and is removed");
        files.delete(layout.index(key));
        if (head.isPresent()) {
            for (BlobName name : head.get().blobs()) {
                if (!DirectorySweep.isIntact(layout.blob(name.sha256()))) {
                    files.delete(layout.blob(name.sha256()));
                }
            }
        }
    }

    private void touch(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a cache file was evicted while it was read", e);
        }
    }

    /**
     * Stores an entry: each picture, then the head.
     *
     * @throws IOException if it cannot be written; there is no entry then, or the one of before
     */
    void put(CacheKey key, StoredEntry entry) throws IOException {
        files.createDirectories(layout.aside());
        EntryHead head = SharedEntries.head(key, entry);
        long written = 0;
        for (int i = 0; i < entry.blobs().size(); i++) {
            written += putBlob(head.blobs().get(i), entry.blobs().get(i));
        }
        byte[] bytes = head.toBytes();
        files.createDirectories(layout.indexShard(key));
        files.replace(layout.index(key), layout.aside(), bytes);
        sweepIfNeeded(written + bytes.length);
    }

    private long putBlob(BlobName name, byte[] bytes) throws IOException {
        Path blob = layout.blob(name.sha256());
        if (DirectorySweep.attributes(blob)
                .filter(known -> known.size() == bytes.length)
                .isPresent()) {
            touch(blob);
            return 0;
        }
        files.createDirectories(layout.blobShard(name.sha256()));
        files.replace(blob, layout.aside(), bytes);
        return bytes.length;
    }

    /** Sweeps at the first write and then whenever an eighth of the whole was written, by this process. */
    private void sweepIfNeeded(long written) throws IOException {
        if (writtenSinceSweep.addAndGet(written) > maxBytes / 8) {
            writtenSinceSweep.set(0);
            sweep.evict(maxBytes);
        }
    }

    DirectorySweep sweep() {
        return sweep;
    }
}
