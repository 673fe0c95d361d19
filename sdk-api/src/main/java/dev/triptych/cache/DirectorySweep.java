package dev.triptych.cache;

import dev.triptych.cache.EntryHead.BlobName;
import dev.triptych.internal.Sha256;
import dev.triptych.storage.DurableFiles;
import dev.triptych.storage.FileMutex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What looks at the whole directory: eviction, statistics, clearing and verification. One process at a time does any of
 * it; readers and writers go on meanwhile, and may at worst miss.
 */
final class DirectorySweep {

    /** Pictures that no head names yet may be of an entry that is being written; they are left alone for so long. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    /** Eviction goes down to this share, so that it does not come again at once. */
    private static final double TARGET = 0.9;

    private final DirectoryLayout layout;
    private final DurableFiles files;
    private final Clock clock;

    DirectorySweep(DirectoryLayout layout, DurableFiles files, Clock clock) {
        this.layout = layout;
        this.files = files;
        this.clock = clock;
    }

    private record Entry(Path index, Instant lastUsed, long bytes, List<BlobName> blobs) {}

    private record Blob(Path file, Instant modified, long bytes) {}

    /** Entries and pictures, and the bytes of both. */
    record Size(int entries, int blobs, long bytes) {}

    /** What verification found: intact entries, entries removed, pictures removed. */
    record Verified(int intact, int removedEntries, int removedBlobs) {}

    /** Removes what was used longest ago until {@code maxBytes} are kept; nothing if another process is at it. */
    void evict(long maxBytes) throws IOException {
        files.createDirectories(layout.root());
        FileMutex.at(layout.sweepLock()).ifFree(() -> {
            evictLocked(maxBytes);
            return true;
        });
    }

    private void evictLocked(long maxBytes) throws IOException {
        removeOldAside();
        List<Entry> entries = new ArrayList<>(entries());
        entries.sort(Comparator.comparing(Entry::lastUsed));
        Map<String, Blob> blobs = blobs();
        Map<String, Integer> uses = new HashMap<>();
        entries.forEach(entry -> entry.blobs().forEach(name -> uses.merge(name.sha256(), 1, Integer::sum)));
        long total = bytesOf(entries, blobs);
        total -= removeUnnamed(blobs, uses);
        if (total <= maxBytes) {
            return;
        }
        for (Entry entry : entries) {
            if (total <= maxBytes * TARGET) {
                return;
            }
            files.delete(entry.index());
            total -= entry.bytes() + removeUnused(entry, blobs, uses);
        }
    }

    private static long bytesOf(List<Entry> entries, Map<String, Blob> blobs) {
        return entries.stream().mapToLong(Entry::bytes).sum()
                + blobs.values().stream().mapToLong(Blob::bytes).sum();
    }

    private long removeUnused(Entry entry, Map<String, Blob> blobs, Map<String, Integer> uses) throws IOException {
        long removed = 0;
        for (BlobName name : entry.blobs()) {
            Integer left = uses.merge(name.sha256(), -1, Integer::sum);
            Blob blob = blobs.get(name.sha256());
            if (left != null && left == 0 && blob != null) {
                files.delete(blob.file());
                removed += blob.bytes();
            }
        }
        return removed;
    }

    private long removeUnnamed(Map<String, Blob> blobs, Map<String, Integer> uses) throws IOException {
        long removed = 0;
        for (Map.Entry<String, Blob> blob : blobs.entrySet()) {
            if (!uses.containsKey(blob.getKey()) && isOld(blob.getValue().modified())) {
                files.delete(blob.getValue().file());
                removed += blob.getValue().bytes();
            }
        }
        return removed;
    }

    private void removeOldAside() throws IOException {
        for (Path file : layout.allAside()) {
            Optional<BasicFileAttributes> attributes = attributes(file);
            if (attributes.isPresent()
                    && isOld(attributes.get().lastModifiedTime().toInstant())) {
                files.delete(file);
            }
        }
    }

    private boolean isOld(Instant modified) {
        return modified.isBefore(clock.instant().minus(GRACE));
    }

    /** Every entry whose head can be read; others are removed. */
    private List<Entry> entries() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path index : layout.allIndexes()) {
            Optional<BasicFileAttributes> attributes = attributes(index);
            Optional<EntryHead> head = head(index);
            if (attributes.isEmpty()) {
                continue;
            }
            if (head.isEmpty()) {
                files.delete(index);
                continue;
            }
            entries.add(new Entry(
                    index,
                    attributes.get().lastModifiedTime().toInstant(),
                    attributes.get().size(),
                    head.get().blobs()));
        }
        return entries;
    }

    private static Optional<EntryHead> head(Path index) throws IOException {
        try {
            return EntryHead.parse(Files.readAllBytes(index))
                    .filter(head -> head.key().hex().equals(index.getFileName().toString()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private Map<String, Blob> blobs() throws IOException {
        Map<String, Blob> blobs = new HashMap<>();
        for (Path file : layout.allBlobs()) {
            attributes(file)
                    .ifPresent(attributes -> blobs.put(
                            file.getFileName().toString(),
                            new Blob(file, attributes.lastModifiedTime().toInstant(), attributes.size())));
        }
        return blobs;
    }

    /** What the file system says of {@code file}; empty if it is gone, since another process may evict it any time. */
    static Optional<BasicFileAttributes> attributes(Path file) throws IOException {
        try {
            return Optional.of(Files.readAttributes(file, BasicFileAttributes.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    Size size() throws IOException {
        int entries = 0;
        long bytes = 0;
        for (Path index : layout.allIndexes()) {
            Optional<BasicFileAttributes> attributes = attributes(index);
            entries += attributes.isPresent() ? 1 : 0;
            bytes += attributes.map(BasicFileAttributes::size).orElse(0L);
        }
        Map<String, Blob> blobs = blobs();
        bytes += blobs.values().stream().mapToLong(Blob::bytes).sum();
        return new Size(entries, blobs.size(), bytes);
    }

    /** Removes everything: heads first, so that none is left that names a picture which is gone. */
    Size clear() throws IOException {
        files.createDirectories(layout.root());
        return FileMutex.at(layout.sweepLock()).locked(() -> {
            Size before = size();
            for (Path index : layout.allIndexes()) {
                files.delete(index);
            }
            for (Path blob : layout.allBlobs()) {
                files.delete(blob);
            }
            removeOldAside();
            return before;
        });
    }

    /** Reads every byte: removes pictures that are not what their names say, then heads that do not hold. */
    Verified verify() throws IOException {
        files.createDirectories(layout.root());
        return FileMutex.at(layout.sweepLock()).locked(() -> {
            int removedBlobs = 0;
            for (Path blob : layout.allBlobs()) {
                removedBlobs += !isIntact(blob) && files.delete(blob) ? 1 : 0;
            }
            int intact = 0;
            int removedEntries = 0;
            for (Path index : layout.allIndexes()) {
                if (holds(index)) {
                    intact++;
                } else {
                    removedEntries += files.delete(index) ? 1 : 0;
                }
            }
            return new Verified(intact, removedEntries, removedBlobs);
        });
    }

    private boolean holds(Path index) throws IOException {
        Optional<EntryHead> head = head(index);
        return head.isPresent()
                && head.get().blobs().stream().allMatch(name -> Files.exists(layout.blob(name.sha256())));
    }

    /** Whether a picture is what its name says; false if it is gone. */
    static boolean isIntact(Path blob) throws IOException {
        try {
            return Sha256.hex(Files.readAllBytes(blob))
                    .equals(blob.getFileName().toString());
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
