package dev.triptych.diffusion.hub;

import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.GenerationContext;
import dev.triptych.ModelLoadException;
import dev.triptych.ProviderUnavailableException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Names on the hub become files in the cache. A model that is in the cache whole is used as it is, without a request;
 * {@link #pull} asks the hub what is newest. Thread-safe.
 *
 * <pre>{@code
 * HubFiles hub = HubFiles.of(HubSettings.of(System.getenv(), () -> Path.of("/home/somebody")));
 * HubName name = HubName.parse("stabilityai/sdxl-turbo").orElseThrow();
 * Optional<Path> folder = hub.cached(name, Optional.empty());
 * }</pre>
 */
public final class HubFiles {

    private static final System.Logger LOG = System.getLogger(HubFiles.class.getName());

    /** Parts that nobody went on with for this long are litter. */
    private static final Duration OLD = Duration.ofDays(30);

    private static final String LORA = "pytorch_lora_weights.safetensors";
    private static final String ADAPTER = "adapter_model.safetensors";

    private final HubSettings settings;
    private final Supplier<HttpClient> clients;
    private final Pause pause;
    private final Space space;
    private final long piece;

    /** The hub that {@code settings} name. */
    public static HubFiles of(HubSettings settings) {
        return new HubFiles(settings, () -> HubHttp.newClient(settings), Pause.real(), Space.real(), PartFile.PIECE);
    }

    /**
     * @param clients makes a client for one pull; its threads end when nobody holds it any more
     * @param piece bytes of a range; larger files come in several at a time
     */
    HubFiles(HubSettings settings, Supplier<HttpClient> clients, Pause pause, Space space, long piece) {
        this.settings = settings;
        this.clients = clients;
        this.pause = pause;
        this.space = space;
        this.piece = piece;
    }

    /** Where the hub is and its files are kept. */
    public HubSettings settings() {
        return settings;
    }

    /**
     * What was chosen of a repository.
     *
     * @param selection the files
     * @param result the one that was asked for, or a folder; {@code ""} = the whole
     */
    private record Choice(FileSelection selection, String result) {}

    /** Reads {@code model_index.json}, wherever it comes from. */
    @FunctionalInterface
    private interface Index {
        JsonNode read() throws IOException;
    }

    /**
     * The files of {@code name} if all of them are in the cache; makes no request. A folder for a checkpoint or a part,
     * a file for a file.
     *
     * @param variant the weights' variant, such as {@code "fp16"}; empty = what is there, plain ones first
     */
    public Optional<Path> cached(HubName name, Optional<String> variant) {
        CachedRepo repo = CachedRepo.of(settings, name.repository());
        return repo.commit(name.revision()).flatMap(commit -> cached(repo, name, commit, variant));
    }

    private static Optional<Path> cached(CachedRepo repo, HubName name, String commit, Optional<String> variant) {
        try {
            Collection<String> here = new HashSet<>(repo.paths(commit));
            if (here.isEmpty()) {
                return Optional.empty();
            }
            Optional<RepoTree> tree = repo.tree(commit);
            Collection<String> known =
                    tree.map(all -> withoutMissingWeights(all, here)).orElse(here);
            Index index = () -> readIndex(RepoPath.below(repo.snapshot(commit), FileSelection.MODEL_INDEX));
            Choice choice = choose(name.at(commit), known, variant, index);
            boolean whole = here.containsAll(choice.selection().files())
                    && (tree.isPresent() || hasAllFolders(choice, here, index));
            return whole ? Optional.of(result(repo, commit, choice)) : Optional.empty();
        } catch (IOException | ModelLoadException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> name + " is not whole in the cache: " + e.getMessage());
            return Optional.empty();
        }
    }

    /** Other weights than the hub's first choice may be here, and will do. */
    private static Collection<String> withoutMissingWeights(RepoTree tree, Collection<String> here) {
        Set<String> paths = new TreeSet<>(tree.files().keySet());
        paths.removeIf(path -> FileSelection.isWeights(path) && !here.contains(path));
        return paths;
    }

    /** Where nobody kept the list of files: whether there is something of each part. */
    private static boolean hasAllFolders(Choice choice, Collection<String> here, Index index) throws IOException {
        if (!choice.selection().files().contains(FileSelection.MODEL_INDEX)) {
            return true;
        }
        return FileSelection.components(index.read()).stream()
                .allMatch(part -> here.stream().anyMatch(path -> path.startsWith(part + "/")));
    }

    /**
     * The files of {@code name}: from the cache if all of them are there, else from the hub.
     *
     * @throws dev.triptych.ImageGenerationException as {@link #pull}
     */
    public Path find(HubName name, Optional<String> variant, GenerationContext context) {
        return cached(name, variant).orElseGet(() -> pull(name, variant, context));
    }

    /**
     * The files of {@code name} as they are on the hub now; fetches what is missing, telling the listener of
     * {@code context}. Where the hub cannot be reached, an older copy in the cache will do.
     *
     * @throws ModelLoadException if there is no such model, revision, file or variant, or no room for it
     * @throws dev.triptych.AuthenticationException if it is gated, or the token is refused
     * @throws dev.triptych.RateLimitedException if the hub was asked too often
     * @throws ProviderUnavailableException if the hub cannot be reached; what came is kept
     * @throws dev.triptych.GenerationCancelledException if {@code context} was cancelled; what came is kept
     */
    public Path pull(HubName name, Optional<String> variant, GenerationContext context) {
        if (settings.offline()) {
            return cached(name, variant).orElseThrow(() -> notHere(name));
        }
        CachedRepo repo = CachedRepo.of(settings, name.repository());
        HubHttp http = new HubHttp(settings, clients.get(), pause);
        HubApi api = new HubApi(http);
        try {
            String commit = name.isPinned() ? name.revision() : api.commit(name, context);
            return new Pull(repo, name, commit, http, api, context).run(variant);
        } catch (ProviderUnavailableException e) {
            Optional<Path> copy = cached(name, variant);
            copy.ifPresent(path -> LOG.log(
                    System.Logger.Level.WARNING, () -> e.getMessage() + "; the copy in the cache is used: " + path));
            return copy.orElseThrow(() -> e);
        }
    }

    private ModelLoadException notHere(HubName name) {
        CachedRepo repo = CachedRepo.of(settings, name.repository());
        boolean absent = !name.path().isEmpty()
                && repo.commit(name.revision())
                        .map(commit -> repo.isAbsent(commit, name.path()))
                        .orElse(false);
        return new ModelLoadException(
                absent
                        ? name.path() + " must be a file of " + name.repository()
                                + " but is not, as far as the cache knows"
                        : name + " must be in the cache, " + settings.cache()
                                + ", because HF_HUB_OFFLINE is set, but is" + " not, or not all of it");
    }

    /** One repository on its way into the cache. */
    private final class Pull {
        private final CachedRepo repo;
        private final HubName name;
        private final String commit;
        private final HubApi api;
        private final ContentFetcher fetcher;
        private final GenerationContext context;

        Pull(CachedRepo repo, HubName name, String commit, HubHttp http, HubApi api, GenerationContext context) {
            this.repo = repo;
            this.name = name;
            this.commit = commit;
            this.api = api;
            this.fetcher = new ContentFetcher(http, space, piece);
            this.context = context;
        }

        Path run(Optional<String> variant) {
            try {
                RepoTree tree = tree();
                noteAbsence(tree);
                Choice choice = choose(name.at(commit), tree.files().keySet(), variant, () -> {
                    fetchAll(tree, Set.of(FileSelection.MODEL_INDEX));
                    return readIndex(RepoPath.below(repo.snapshot(commit), FileSelection.MODEL_INDEX));
                });
                choice.selection()
                        .notices()
                        .forEach(notice -> LOG.log(System.Logger.Level.WARNING, () -> name + ": " + notice));
                fetchAll(tree, choice.selection().files());
                finish();
                return result(repo, commit, choice);
            } catch (IOException e) {
                throw new ModelLoadException(
                        name + " cannot be kept in " + settings.cache() + ": " + HubErrors.reason(e), e);
            }
        }

        /** A file that a commit does not have, it never will. */
        private void noteAbsence(RepoTree tree) throws IOException {
            boolean absent = !name.path().isEmpty()
                    && tree.files().keySet().stream()
                            .noneMatch(path -> path.equals(name.path()) || path.startsWith(name.path() + "/"));
            if (absent) {
                repo.keepAbsence(commit, name.path());
            }
        }

        private RepoTree tree() {
            return repo.tree(commit).orElseGet(() -> {
                RepoTree tree = api.tree(name, commit, context);
                try {
                    markCache();
                    repo.keep(tree);
                } catch (IOException e) {
                    LOG.log(System.Logger.Level.DEBUG, () -> "list of files not kept: " + HubErrors.reason(e));
                }
                return tree;
            });
        }

        /** Tells backups that a cache need not be kept (bford.info/cachedir). */
        private void markCache() throws IOException {
            Files.createDirectories(settings.cache());
            try {
                Files.writeString(
                        settings.cache().resolve("CACHEDIR.TAG"),
                        "Signature: 8a477f597d28d172789f06886806bc55\n",
                        java.nio.file.StandardOpenOption.CREATE_NEW,
                        java.nio.file.StandardOpenOption.WRITE);
            } catch (FileAlreadyExistsException e) {
                return; // somebody did
            }
        }

        private void fetchAll(RepoTree tree, Set<String> paths) throws IOException {
            List<RepoFile> missing = paths.stream()
                    .flatMap(path -> tree.file(path).stream())
                    .filter(file -> repo.file(commit, file.path()).isEmpty())
                    .sorted(Comparator.comparingLong(RepoFile::size).thenComparing(RepoFile::path))
                    .toList();
            long bytes = missing.stream()
                    .filter(file -> repo.blob(file.etag()).isEmpty())
                    .mapToLong(file -> file.size() - kept(file))
                    .sum();
            if (bytes > 0) {
                Files.createDirectories(repo.blobs());
                fetcher.requireSpace(name.toString(), repo.blobs(), bytes);
            }
            for (RepoFile file : missing) {
                fetch(file);
            }
        }

        /** What an earlier try left of a file, as far as it has grown. */
        private long kept(RepoFile file) {
            try {
                return Math.min(file.size(), Files.size(repo.blobs().resolve(file.etag() + ".triptych.incomplete")));
            } catch (IOException e) {
                return 0;
            }
        }

        private void fetch(RepoFile file) throws IOException {
            boolean[] fresh = {false};
            if (repo.blob(file.etag()).isEmpty()) {
                fetcher.fetch(
                        new ContentFetcher.Wanted(
                                file.path(),
                                file.etag(),
                                file.size(),
                                api.source(name, commit, file),
                                settings.host(),
                                repo.blobs(),
                                repo.lock(file.etag()),
                                () -> repo.blob(file.etag()).isPresent()
                                        || repo.file(commit, file.path()).isPresent(),
                                whole -> {
                                    repo.publish(whole, file.etag());
                                    repo.link(commit, file.path(), file.etag(), true);
                                    fresh[0] = true;
                                }),
                        context);
            }
            if (!fresh[0]) {
                repo.link(commit, file.path(), file.etag(), false);
            }
        }

        /** What can be left undone: a cache that cannot be written to may hold all files. */
        private void finish() {
            try {
                repo.point(name.revision(), commit);
                removeOldParts();
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> "revision not kept: " + HubErrors.reason(e));
            }
        }

        private void removeOldParts() throws IOException {
            Instant limit = context.clock().instant().minus(OLD);
            if (!Files.isDirectory(repo.blobs())) {
                return;
            }
            try (Stream<Path> blobs = Files.list(repo.blobs())) {
                for (Path blob : blobs.toList()) {
                    boolean isPart = blob.getFileName().toString().matches(".*\\.triptych\\.(incomplete|ranges)");
                    if (isPart && Files.getLastModifiedTime(blob).toInstant().isBefore(limit)) {
                        Files.deleteIfExists(blob);
                    }
                }
            }
        }
    }

    private static Path result(CachedRepo repo, String commit, Choice choice) {
        return choice.result().isEmpty()
                ? repo.snapshot(commit)
                : RepoPath.below(repo.snapshot(commit), choice.result());
    }

    private static Choice choose(HubName name, Collection<String> paths, Optional<String> variant, Index index)
            throws IOException {
        String path = name.path();
        if (paths.contains(path)) {
            return new Choice(FileSelection.ofFile(paths, path), path);
        }
        if (!path.isEmpty()) {
            if (paths.stream().noneMatch(each -> each.startsWith(path + "/"))) {
                throw new ModelLoadException(path + " must be a file or folder of " + name.repository()
                        + " but is not at commit " + name.revision());
            }
            return new Choice(FileSelection.ofFolder(paths, path + "/", variant), path);
        }
        if (paths.contains(FileSelection.MODEL_INDEX)) {
            return new Choice(FileSelection.ofCheckpoint(paths, index.read(), variant), "");
        }
        if (paths.contains("config.json")) {
            return new Choice(FileSelection.ofFolder(paths, "", variant), "");
        }
        String file = onlyFile(name, paths);
        return new Choice(FileSelection.ofFile(paths, file), file);
    }

    /** The file that is meant by a repository without configs: a LoRA's, or the only one. */
    private static String onlyFile(HubName name, Collection<String> paths) {
        if (paths.contains(LORA)) {
            return LORA;
        }
        if (paths.contains("adapter_config.json") && paths.contains(ADAPTER)) {
            return ADAPTER;
        }
        List<String> files = FileSelection.candidates(paths);
        if (files.size() == 1) {
            return files.get(0);
        }
        throw new ModelLoadException(
                name.repository() + " must have a model_index.json or a config.json, or one file of"
                        + " weights, but has "
                        + (files.isEmpty()
                                ? "none"
                                : "several: name one, as " + name.repository() + "/" + files.get(0) + "; there are "
                                        + String.join(", ", files)));
    }

    private static JsonNode readIndex(Path file) throws IOException {
        JsonNode index = RepoTree.JSON.readTree(Files.readAllBytes(file));
        if (!index.isObject()) {
            throw new IOException(file + " must be a JSON object but is not");
        }
        return index;
    }
}
