package dev.triptych.diffusion.hub;

import dev.triptych.GenerationContext;
import dev.triptych.ModelLoadException;
import dev.triptych.NearestNames;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What the cache holds, whoever put it there: lists it, removes of it, holds it against its hashes. Thread-safe. */
public final class CachedModels {

    private final HubSettings settings;

    /** The cache of {@code settings}. */
    public CachedModels(HubSettings settings) {
        this.settings = settings;
    }

    /**
     * A commit of a model in the cache.
     *
     * @param name {@code owner/name}
     * @param commit 40 hexadecimal digits
     * @param revisions the branches and tags that were at it when somebody looked last
     * @param files how many of its files are here
     * @param bytes how much they take, each content counted once
     * @param folder where they are
     */
    public record Model(String name, String commit, List<String> revisions, int files, long bytes, Path folder) {

        /** Copies the list. */
        public Model {
            revisions = List.copyOf(revisions);
        }
    }

    /**
     * What came of holding a model against its hashes.
     *
     * @param intact files that have their hash
     * @param unknown files whose hash nobody kept
     * @param damaged files that have another, or cannot be read
     */
    public record Verification(List<String> intact, List<String> unknown, List<String> damaged) {

        /** Copies the lists. */
        public Verification {
            intact = List.copyOf(intact);
            unknown = List.copyOf(unknown);
            damaged = List.copyOf(damaged);
        }
    }

    /** All models, by name and commit. */
    public List<Model> list() {
        List<Model> models = new ArrayList<>();
        try {
            for (CachedRepo repo : repositories()) {
                Map<String, String> revisions = repo.revisions();
                for (String commit : repo.commits()) {
                    models.add(model(repo, commit, revisions));
                }
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
        return models;
    }

    private static Model model(CachedRepo repo, String commit, Map<String, String> revisions) throws IOException {
        Collection<String> paths = repo.paths(commit);
        Set<Path> contents = new HashSet<>();
        long bytes = 0;
        for (String path : paths) {
            Path content = RepoPath.below(repo.snapshot(commit), path).toRealPath();
            if (contents.add(content)) {
                bytes += Files.size(content);
            }
        }
        List<String> names = revisions.entrySet().stream()
                .filter(entry -> entry.getValue().equals(commit))
                .map(Map.Entry::getKey)
                .toList();
        return new Model(repo.name(), commit, names, paths.size(), bytes, repo.snapshot(commit));
    }

    private List<CachedRepo> repositories() throws IOException {
        try (Stream<Path> folders = Files.list(settings.cache())) {
            return folders.filter(folder -> folder.getFileName().toString().startsWith(CachedRepo.PREFIX))
                    .filter(Files::isDirectory)
                    .sorted()
                    .map(folder -> new CachedRepo(folder, settings.links()))
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /**
     * Removes {@code repository}, or of it {@code revision} alone: its files, and the contents that no other commit
     * has. Nothing is followed out of the repository's folder. Returns the bytes that it took.
     *
     * @param revision a branch, a tag, a commit or its first digits; empty = everything
     * @throws ModelLoadException if there is no such model or revision in the cache, or it cannot be removed
     */
    public long remove(String repository, Optional<String> revision) {
        CachedRepo repo = require(repository);
        try {
            long before = bytes(repo.folder());
            if (revision.isPresent()) {
                removeCommit(repo, commit(repo, revision.get()));
            }
            if (revision.isEmpty() || repo.commits().isEmpty()) {
                removeTree(repo.locks());
                removeTree(repo.folder());
                return before;
            }
            return before - bytes(repo.folder());
        } catch (IOException e) {
            throw new ModelLoadException(
                    repository + " cannot be removed from " + settings.cache() + ": " + HubErrors.reason(e), e);
        }
    }

    private CachedRepo require(String repository) {
        try {
            CachedRepo repo = CachedRepo.of(settings, repository);
            if (Files.isDirectory(repo.folder())) {
                return repo;
            }
            List<String> names = repositories().stream().map(CachedRepo::name).toList();
            throw new ModelLoadException(repository + " must be in the cache, " + settings.cache() + ", but is not"
                    + NearestNames.to(repository, names).stream()
                            .findFirst()
                            .map(nearest -> "; the nearest is " + nearest)
                            .orElse(""));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private ModelLoadException unreadable(IOException e) {
        return new ModelLoadException(
                "the cache must be readable but is not: " + settings.cache() + ": " + HubErrors.reason(e), e);
    }

    private static String commit(CachedRepo repo, String revision) throws IOException {
        List<String> commits = repo.commits().stream()
                .filter(commit -> commit.equals(repo.commit(revision).orElse("")) || commit.startsWith(revision))
                .toList();
        if (commits.size() == 1) {
            return commits.get(0);
        }
        throw new ModelLoadException("revision " + revision + " must be one commit of " + repo.name()
                + " in the cache but is " + (commits.isEmpty() ? "none" : "several: " + String.join(", ", commits)));
    }

    private static void removeCommit(CachedRepo repo, String commit) throws IOException {
        for (Map.Entry<String, String> entry : repo.revisions().entrySet()) {
            if (entry.getValue().equals(commit)) {
                Files.deleteIfExists(RepoPath.below(repo.refs(), entry.getKey()));
            }
        }
        removeTree(repo.snapshot(commit));
        removeTree(repo.folder().resolve(".no_exist").resolve(commit));
        Files.deleteIfExists(repo.trees().resolve(commit + ".json"));
        removeUnusedBlobs(repo);
    }

    private static void removeUnusedBlobs(CachedRepo repo) throws IOException {
        Set<String> used = new TreeSet<>();
        for (String commit : repo.commits()) {
            try (Stream<Path> tree = Files.walk(repo.snapshot(commit))) {
                for (Path link : tree.filter(Files::isSymbolicLink).toList()) {
                    used.add(Files.readSymbolicLink(link).getFileName().toString());
                }
            }
        }
        if (!Files.isDirectory(repo.blobs())) {
            return;
        }
        try (Stream<Path> blobs = Files.list(repo.blobs())) {
            for (Path blob : blobs.toList()) {
                String name = blob.getFileName().toString();
                if (name.matches("[0-9a-f]{40}|[0-9a-f]{64}") && !used.contains(name)) {
                    Files.deleteIfExists(blob); // of a link into Python's shared store, the link alone
                }
            }
        }
    }

    /** Removes a folder; of links the link, not what it leads to. */
    private static void removeTree(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            return; // it was not there
        }
    }

    private static long bytes(Path root) throws IOException {
        long bytes = 0;
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.filter(each -> !Files.isSymbolicLink(each) && Files.isRegularFile(each))
                    .toList()) {
                bytes += Files.size(path);
            }
        }
        return bytes;
    }

    /**
     * Holds every file of {@code repository} that is here against its hash: the name of its content, or where snapshots
     * are copies the list of files. Reads them all.
     *
     * @param revision a branch, a tag, a commit or its first digits; empty = every commit
     * @throws ModelLoadException if there is no such model or revision in the cache
     */
    public Verification verify(String repository, Optional<String> revision, GenerationContext context) {
        CachedRepo repo = require(repository);
        List<String> intact = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        List<String> damaged = new ArrayList<>();
        try {
            Collection<String> commits = revision.isPresent() ? List.of(commit(repo, revision.get())) : repo.commits();
            for (String commit : commits) {
                Optional<RepoTree> tree = repo.tree(commit);
                for (String path : allPaths(repo.snapshot(commit))) {
                    Path file = RepoPath.below(repo.snapshot(commit), path);
                    Optional<String> hash = hash(file, path, tree);
                    List<String> list =
                            hash.isEmpty() ? unknown : isIntact(file, hash.get(), context) ? intact : damaged;
                    list.add(commits.size() == 1 ? path : commit.substring(0, 8) + "/" + path);
                }
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
        return new Verification(intact, unknown, damaged);
    }

    /** Paths of files and of links, also of those that lead nowhere. */
    private static List<String> allPaths(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            return tree.filter(each -> Files.isSymbolicLink(each) || Files.isRegularFile(each))
                    .map(each -> root.relativize(each).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }

    private static Optional<String> hash(Path file, String path, Optional<RepoTree> tree) throws IOException {
        if (Files.isSymbolicLink(file)) {
            String name = Files.readSymbolicLink(file).getFileName().toString();
            if (name.matches("[0-9a-f]{40}|[0-9a-f]{64}")) {
                return Optional.of(name);
            }
        }
        return tree.flatMap(files -> files.file(path)).map(RepoFile::etag);
    }

    private static boolean isIntact(Path file, String hash, GenerationContext context) throws IOException {
        try {
            return Files.isRegularFile(file)
                    && Contents.hash(file, hash, context).equals(hash);
        } catch (FileSystemException | java.io.FileNotFoundException e) {
            return false;
        }
    }
}
