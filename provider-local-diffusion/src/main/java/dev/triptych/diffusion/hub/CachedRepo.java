package dev.triptych.diffusion.hub;

import dev.triptych.storage.DurableFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * One repository in the cache, in the layout that huggingface_hub made (2.4.0, file_download.py): contents in
 * {@code blobs} by their hash, a folder of links in {@code snapshots} for each commit, what a branch was at in
 * {@code refs}. Everything is written aside and renamed, so that readers, Python's too, see whole files alone.
 * Thread-safe.
 *
 * @param folder {@code models--OWNER--NAME}
 * @param links whether snapshots may be symbolic links
 */
record CachedRepo(Path folder, boolean links) {

    static final String PREFIX = "models--";

    /** The repository {@code owner/name} in the cache of {@code settings}; it need not be there. */
    static CachedRepo of(HubSettings settings, String repository) {
        return new CachedRepo(settings.cache().resolve(folderName(repository)), settings.links());
    }

    static String folderName(String repository) {
        return PREFIX + repository.replace("/", "--");
    }

    /** {@code owner/name}. */
    String name() {
        return folder.getFileName().toString().substring(PREFIX.length()).replace("--", "/");
    }

    Path blobs() {
        return folder.resolve("blobs");
    }

    Path snapshots() {
        return folder.resolve("snapshots");
    }

    /** The folder of a commit. */
    Path snapshot(String commit) {
        return snapshots().resolve(commit);
    }

    Path refs() {
        return folder.resolve("refs");
    }

    Path trees() {
        return folder.resolve("trees");
    }

    /** The file that {@code etag} is downloaded under; several processes take turns by it. */
    Path lock(String etag) {
        return locks().resolve(etag + ".lock");
    }

    /** Where the repository's locks are. */
    Path locks() {
        return folder.resolveSibling(".locks").resolve(folder.getFileName());
    }

    /** The commit that {@code revision} was at when somebody looked last; a commit is its own. */
    Optional<String> commit(String revision) {
        if (HubName.isCommit(revision)) {
            return Optional.of(revision);
        }
        try {
            return Optional.of(
                            Files.readString(RepoPath.below(refs(), revision)).strip())
                    .filter(HubName::isCommit);
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty(); // it was never looked at
        }
    }

    /** The file {@code path} of a commit, if all of it is here: a link to a content, or a plain file. */
    Optional<Path> file(String commit, String path) {
        Path place = RepoPath.below(snapshot(commit), path);
        return Files.isRegularFile(place) ? Optional.of(place) : Optional.empty();
    }

    /** The paths of all files that are here of a commit. */
    Collection<String> paths(String commit) throws IOException {
        Path root = snapshot(commit);
        Collection<String> paths = new TreeSet<>();
        try (Stream<Path> tree = Files.walk(root)) {
            tree.filter(Files::isRegularFile)
                    .forEach(file -> paths.add(root.relativize(file).toString().replace('\\', '/')));
        } catch (NoSuchFileException e) {
            return paths;
        }
        return paths;
    }

    /** The list of the files of a commit, if it is here and undamaged. */
    Optional<RepoTree> tree(String commit) {
        try {
            return Optional.of(RepoTree.read(commit, Files.readAllBytes(trees().resolve(commit + ".json"))));
        } catch (IOException e) {
            return Optional.empty(); // it is asked for again
        }
    }

    /** Keeps the list of the files of a commit. */
    void keep(RepoTree tree) throws IOException {
        replace(trees().resolve(tree.commit() + ".json"), tree.write());
    }

    /** Keeps that {@code revision} is at {@code commit}. */
    void point(String revision, String commit) throws IOException {
        if (!HubName.isCommit(revision) && !commit(revision).equals(Optional.of(commit))) {
            replace(RepoPath.below(refs(), revision), commit.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
    }

    /** Keeps that a commit has no such file. */
    void keepAbsence(String commit, String path) throws IOException {
        Path mark = RepoPath.below(folder.resolve(".no_exist").resolve(commit), path);
        Files.createDirectories(parent(mark));
        try {
            Files.createFile(mark);
        } catch (FileAlreadyExistsException e) {
            return; // known
        }
    }

    /** Whether it is known that a commit has no such file. */
    boolean isAbsent(String commit, String path) {
        return Files.isRegularFile(RepoPath.below(folder.resolve(".no_exist").resolve(commit), path));
    }

    /** The content of hash {@code etag}, if it is here. */
    Optional<Path> blob(String etag) {
        Path blob = blobs().resolve(etag);
        return Files.isRegularFile(blob) ? Optional.of(blob) : Optional.empty();
    }

    /** Puts a content that was downloaded and checked in its place. */
    Path publish(Path downloaded, String etag) throws IOException {
        Path blob = blobs().resolve(etag);
        Files.move(downloaded, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        DurableFiles.forceDirectory(blobs());
        return blob;
    }

    /**
     * Makes the content of hash {@code etag} the file {@code path} of a commit: a relative link, or where there are no
     * links the content itself: moved there when it is {@code fresh}, else copied.
     */
    Path link(String commit, String path, String etag, boolean fresh) throws IOException {
        Path place = RepoPath.below(snapshot(commit), path);
        if (Files.isRegularFile(place)) {
            return place;
        }
        Files.createDirectories(parent(place));
        Path blob = blobs().resolve(etag);
        Path aside = parent(place).resolve("." + UUID.randomUUID() + ".part");
        try {
            if (!isLinked(aside, parent(place).relativize(blob))) {
                takeOver(blob, aside, fresh);
            }
            Files.move(aside, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(aside);
        }
        return place;
    }

    /** Whether a link could be made; what a system does not allow is known when it was tried. */
    private boolean isLinked(Path link, Path target) throws IOException {
        if (!links) {
            return false;
        }
        try {
            Files.createSymbolicLink(link, target);
            return true;
        } catch (UnsupportedOperationException e) {
            return false;
        } catch (FileSystemException e) {
            if (Files.isWritable(parent(link))) {
                return false; // Windows without the right to make links, a file system that knows none
            }
            throw e;
        }
    }

    private static void takeOver(Path blob, Path aside, boolean fresh) throws IOException {
        if (fresh && !Files.isSymbolicLink(blob)) {
            Files.move(blob, aside, StandardCopyOption.ATOMIC_MOVE);
        } else {
            Files.copy(blob, aside);
        }
    }

    private static void replace(Path target, byte[] bytes) throws IOException {
        Files.createDirectories(parent(target));
        DurableFiles.replaceBeside(target, aside -> Files.write(aside, bytes));
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        return parent == null ? file : parent;
    }

    /** The branches and tags that are known, each with its commit. */
    SortedMap<String, String> revisions() throws IOException {
        SortedMap<String, String> revisions = new TreeMap<>();
        try (Stream<Path> files = Files.walk(refs())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String revision = refs().relativize(file).toString().replace('\\', '/');
                commit(revision).ifPresent(commit -> revisions.put(revision, commit));
            }
        } catch (NoSuchFileException e) {
            return revisions;
        }
        return revisions;
    }

    /** The commits of which something is here. */
    Collection<String> commits() throws IOException {
        try (Stream<Path> folders = Files.list(snapshots())) {
            return folders.filter(Files::isDirectory)
                    .map(each -> each.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (NoSuchFileException e) {
            return java.util.List.of();
        }
    }
}
