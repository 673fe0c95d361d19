package dev.triptych.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Where things are below the directory of a {@link DirectoryTier}. */
record DirectoryLayout(Path root) {

    private static final Pattern SHARD = Pattern.compile("[0-9a-f]{2}");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern ASIDE = Pattern.compile("[0-9a-f-]{36}\\.part");

    Path index(CacheKey key) {
        return indexShard(key).resolve(key.hex());
    }

    Path indexShard(CacheKey key) {
        return root.resolve("index").resolve(key.hex().substring(0, 2));
    }

    Path blob(String sha256) {
        return blobShard(sha256).resolve(sha256);
    }

    Path blobShard(String sha256) {
        return root.resolve("blobs").resolve(sha256.substring(0, 2));
    }

    Path aside() {
        return root.resolve("aside");
    }

    Path sweepLock() {
        return root.resolve("sweep.lock");
    }

    List<Path> allIndexes() throws IOException {
        return hashesBelow(root.resolve("index"));
    }

    List<Path> allBlobs() throws IOException {
        return hashesBelow(root.resolve("blobs"));
    }

    List<Path> allAside() throws IOException {
        return in(aside(), ASIDE, false);
    }

    /** Our own files alone: what else lies there, such as what a file manager leaves, is none of our business. */
    private static List<Path> hashesBelow(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path shard : in(directory, SHARD, true)) {
            for (Path file : in(shard, HASH, false)) {
                if (nameOf(file).startsWith(nameOf(shard))) {
                    found.add(file);
                }
            }
        }
        return found;
    }

    private static List<Path> in(Path directory, Pattern name, boolean folders) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(path -> name.matcher(nameOf(path)).matches()
                            && (folders
                                    ? Files.isDirectory(path)
                                    : Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)))
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static String nameOf(Path path) {
        return path.getFileName().toString();
    }
}
