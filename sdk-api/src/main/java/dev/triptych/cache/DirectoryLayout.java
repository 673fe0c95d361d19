package dev.triptych.cache;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Where things are below the directory of a {@link DirectoryTier}. */
record DirectoryLayout(Path root) {

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
        return filesBelow(root.resolve("index"));
    }

    List<Path> allBlobs() throws IOException {
        return filesBelow(root.resolve("blobs"));
    }

    List<Path> allAside() throws IOException {
        return filesIn(aside());
    }

    private static List<Path> filesBelow(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path shard : filesIn(directory)) {
            found.addAll(filesIn(shard));
        }
        return found;
    }

    private static List<Path> filesIn(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }
}
