package dev.triptych.diffusion;

import dev.triptych.GenerationContext;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.checkpoint.UserCache;
import dev.triptych.diffusion.hub.AddressFiles;
import dev.triptych.diffusion.hub.CachedModels;
import dev.triptych.diffusion.hub.HubFiles;
import dev.triptych.diffusion.hub.HubName;
import dev.triptych.diffusion.hub.HubSettings;
import dev.triptych.storage.UserFolders;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Turns a {@link ModelSource} into files of this machine: from the Hugging Face cache, which is shared with Python, or
 * from the hub. Listens to {@code HF_HOME}, {@code HF_HUB_CACHE}, {@code HF_ENDPOINT}, {@code HF_TOKEN} and
 * {@code HF_HUB_OFFLINE} as Python does. Thread-safe.
 *
 * <pre>{@code
 * ModelHub hub = ModelHub.ofEnvironment();
 * Path folder = hub.pull(ModelSource.parse("stabilityai/sdxl-turbo"), GenerationContext.create());
 * hub.list().forEach(model -> System.out.println(model.name() + " " + model.bytes()));
 * }</pre>
 */
public final class ModelHub {

    private final HubFiles hub;
    private final AddressFiles addresses;
    private final CachedModels models;

    ModelHub(HubFiles hub, AddressFiles addresses) {
        this.hub = hub;
        this.addresses = addresses;
        this.models = new CachedModels(hub.settings());
    }

    /**
     * The hub and cache that this process's environment names.
     *
     * @throws ModelLoadException if a variable holds what it cannot hold
     */
    public static ModelHub ofEnvironment() {
        return of(System.getenv());
    }

    /**
     * The hub and cache that {@code environment} names.
     *
     * @throws ModelLoadException if a variable holds what it cannot hold
     */
    public static ModelHub of(Map<String, String> environment) {
        return of(
                HubSettings.of(environment, UserFolders::home),
                UserCache.folder().resolve("files"));
    }

    /** The hub of {@code settings}, and files of other addresses below {@code folder}. */
    static ModelHub of(HubSettings settings, Path folder) {
        return new ModelHub(HubFiles.of(settings), AddressFiles.of(settings, folder));
    }

    /** The folder of the cache. */
    public Path cache() {
        return hub.settings().cache();
    }

    /**
     * The files of {@code source} if they are on this machine, whole; makes no request.
     *
     * @throws ModelLoadException if it is neither a path that exists nor could be a name or an address
     */
    public Optional<Path> cached(ModelSource source) {
        Optional<Path> path = path(source);
        if (path.isPresent()) {
            return path;
        }
        Optional<URI> address = source.address();
        return address.isPresent()
                ? addresses.cached(address.get(), hash(source))
                : hub.cached(name(source), source.variant());
    }

    /**
     * The files of {@code source}: from this machine if they are there, else downloaded, telling the listener of
     * {@code context}. A folder for a checkpoint, a file for a file.
     *
     * @throws ModelLoadException if it is neither a path that exists nor a model of the hub nor a file at an address,
     *     or has not the expected hash, or there is no room for it
     * @throws dev.triptych.AuthenticationException if it is gated, or the token is refused
     * @throws dev.triptych.RateLimitedException if the hub was asked too often
     * @throws dev.triptych.ProviderUnavailableException if the hub cannot be reached
     * @throws dev.triptych.GenerationCancelledException if {@code context} was cancelled; what came is kept
     */
    public Path find(ModelSource source, GenerationContext context) {
        Optional<Path> path = path(source);
        if (path.isPresent()) {
            return path.get();
        }
        Optional<URI> address = source.address();
        if (address.isPresent()) {
            return addresses.find(address.get(), hash(source), context);
        }
        HubName name = name(source);
        return named(source, () -> hub.find(name, source.variant(), context));
    }

    /**
     * As {@link #find}, but asks the hub for what is newest where a name has no commit.
     *
     * @throws dev.triptych.ImageGenerationException as {@link #find}
     */
    public Path pull(ModelSource source, GenerationContext context) {
        if (path(source).isPresent() || source.address().isPresent()) {
            return find(source, context);
        }
        HubName name = name(source);
        return named(source, () -> hub.pull(name, source.variant(), context));
    }

    /** Who mistypes a path hears that it was taken for a name. */
    private static Path named(ModelSource source, Supplier<Path> work) {
        try {
            return work.get();
        } catch (ModelLoadException e) {
            throw new ModelLoadException(e.getMessage() + " (" + source + " is no file or folder of this machine)", e);
        }
    }

    private static String hash(ModelSource source) {
        return source.sha256()
                .orElseThrow(() -> new ModelLoadException("the address " + source + " must come with the sha256 of its"
                        + " file, as #sha256=HEX behind it or as model-sha256, but came without"));
    }

    private static HubName name(ModelSource source) {
        return source.hubName()
                .orElseThrow(() -> new ModelLoadException(
                        source.isPath()
                                ? source + " must be a file or folder but does not exist"
                                : source
                                        + " must be a file or folder that exists, a name on the hub (owner/name), an https address"
                                        + " or, as a model, \"bundled\", but is none of these"));
    }

    /** The path, if it exists; also if it does not exist and can be nothing else. */
    static Optional<Path> path(ModelSource source) {
        try {
            Path path = UserFolders.expand(source.location());
            boolean onlyPath =
                    source.isPath() || path.isAbsolute() || source.location().startsWith(".");
            return onlyPath || Files.exists(path) ? Optional.of(path) : Optional.empty();
        } catch (InvalidPathException e) {
            return Optional.empty(); // an address, on Windows
        } catch (IllegalStateException e) {
            throw new ModelLoadException("model cannot be found: " + source + ": " + e.getMessage(), e);
        }
    }

    /**
     * A commit of a model in the cache.
     *
     * @param name {@code owner/name}
     * @param commit 40 hexadecimal digits
     * @param revisions the branches and tags that were at it when somebody looked last
     * @param files how many of its files are here
     * @param bytes how much they take
     * @param folder where they are
     */
    public record CachedModel(String name, String commit, List<String> revisions, int files, long bytes, Path folder) {

        /** Copies the list. */
        public CachedModel {
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

    /**
     * All models in the cache, whoever put them there.
     *
     * @throws ModelLoadException if it cannot be read
     */
    public List<CachedModel> list() {
        return models.list().stream()
                .map(each -> new CachedModel(
                        each.name(), each.commit(), each.revisions(), each.files(), each.bytes(), each.folder()))
                .toList();
    }

    /**
     * Removes a model from the cache, or one commit of it, and returns the bytes that it took.
     *
     * @param name {@code owner/name}
     * @param revision a branch, a tag, a commit or its first digits; empty = all of it
     * @throws ModelLoadException if the cache has no such model or revision, or it cannot be removed
     */
    public long remove(String name, Optional<String> revision) {
        return models.remove(name, revision);
    }

    /**
     * Reads every file of a model in the cache and holds it against its hash.
     *
     * @param name {@code owner/name}
     * @param revision a branch, a tag, a commit or its first digits; empty = every commit
     * @throws ModelLoadException if the cache has no such model or revision
     */
    public Verification verify(String name, Optional<String> revision, GenerationContext context) {
        CachedModels.Verification found = models.verify(name, revision, context);
        return new Verification(found.intact(), found.unknown(), found.damaged());
    }
}
