package dev.triptych.diffusion.hub;

import dev.triptych.AuthenticationException;
import dev.triptych.ErrorOrigin;
import dev.triptych.GenerationContext;
import dev.triptych.ModelLoadException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.diffusion.error.LocalErrors;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * A file at an https address, known by its sha256: kept under that in a folder of our own, so that the address is asked
 * once. Thread-safe.
 */
public final class AddressFiles {

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final int REDIRECTS = 10;
    private static final int ANSWER_LIMIT = 1 << 16;

    private final HubSettings settings;
    private final Path folder;
    private final Supplier<HttpClient> clients;
    private final Pause pause;
    private final Space space;
    private final long piece;

    /** Files kept below {@code folder}. */
    public static AddressFiles of(HubSettings settings, Path folder) {
        return new AddressFiles(
                settings, folder, () -> HubHttp.newClient(settings), Pause.real(), Space.real(), PartFile.PIECE);
    }

    AddressFiles(
            HubSettings settings, Path folder, Supplier<HttpClient> clients, Pause pause, Space space, long piece) {
        this.settings = settings;
        this.folder = folder;
        this.clients = clients;
        this.pause = pause;
        this.space = space;
        this.piece = piece;
    }

    /** The file of hash {@code sha256} from {@code address}, if it is here; makes no request. */
    public Optional<Path> cached(URI address, String sha256) {
        Path file = place(address, sha256);
        return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
    }

    private Path place(URI address, String sha256) {
        if (!SHA256.matcher(sha256).matches()) {
            throw new ModelLoadException(
                    "sha256 must be 64 hexadecimal digits but was " + sha256.length() + " characters, or others");
        }
        return folder.resolve(sha256).resolve(fileName(address));
    }

    /** The last part of the address's path, made harmless. */
    private static String fileName(URI address) {
        String path = address.getPath() == null ? "" : address.getPath();
        String name = RepoPath.fileName(path).replaceAll("[^A-Za-z0-9._-]", "_");
        return name.isEmpty() || name.startsWith(".") ? "model" + name : name;
    }

    /**
     * The file of hash {@code sha256} from {@code address}; fetches it where it is not here.
     *
     * @throws ModelLoadException if the address is not https, or what it sends has another hash
     * @throws ProviderUnavailableException if the server cannot be reached; what came is kept
     */
    public Path find(URI address, String sha256, GenerationContext context) {
        requireSafe(address);
        Path file = place(address, sha256);
        if (Files.isRegularFile(file)) {
            return file;
        }
        if (settings.offline()) {
            throw new ModelLoadException(shown(address) + " must be in the cache, " + folder
                    + ", because HF_HUB_OFFLINE is set, but is not");
        }
        HubHttp http = new HubHttp(settings, clients.get(), pause);
        try {
            fetch(http, address, sha256, file, context);
        } catch (IOException e) {
            throw new ProviderUnavailableException(
                    address.getHost() + " could not be reached for " + shown(address) + ": " + HubErrors.reason(e),
                    ErrorOrigin.of(LocalErrors.PROVIDER, Outcome.NOT_SENT),
                    e);
        }
        return file;
    }

    private void fetch(HubHttp http, URI address, String sha256, Path file, GenerationContext context)
            throws IOException {
        Path parent = folder.resolve(sha256);
        new ContentFetcher(http, space, piece)
                .fetch(
                        new ContentFetcher.Wanted(
                                fileName(address),
                                sha256,
                                size(http, address, context),
                                source(address),
                                address.getHost(),
                                parent,
                                parent.resolve(".lock"),
                                () -> Files.isRegularFile(file),
                                whole -> Files.move(
                                        whole,
                                        file,
                                        StandardCopyOption.ATOMIC_MOVE,
                                        StandardCopyOption.REPLACE_EXISTING)),
                        context);
    }

    /** Bytes of the file, as the server says before it sends it; -1 where it does not. */
    private static long size(HubHttp http, URI address, GenerationContext context) throws IOException {
        URI current = address;
        for (int hops = 0; hops < REDIRECTS; hops++) {
            HttpResponse<byte[]> response = http.ask("HEAD", current, ANSWER_LIMIT, context);
            Optional<URI> next = HubHttp.redirect(response);
            if (next.isEmpty()) {
                return response.statusCode() == 200
                        ? response.headers().firstValueAsLong("Content-Length").orElse(-1)
                        : -1; // a signed address may allow GET alone
            }
            current = next.get();
        }
        return -1;
    }

    private Download.Source source(URI address) {
        return new Download.Source() {
            @Override
            public URI locate(GenerationContext context) {
                return address;
            }

            @Override
            public boolean expires(URI where) {
                return !where.equals(address);
            }

            @Override
            public RuntimeException refused(HttpResponse<?> response, String text) {
                int status = response.statusCode();
                ErrorOrigin origin =
                        ErrorOrigin.of(LocalErrors.PROVIDER, Outcome.NOT_SENT).withHttpStatus(status);
                if (status == 401 || status == 403) {
                    return new AuthenticationException(
                            shown(address) + " is not given to everybody (status " + status + ")", origin);
                }
                return status >= 500
                        ? new ProviderUnavailableException(
                                shown(address) + " could not be had: status " + status, origin)
                        : new ModelLoadException(shown(address) + " must be a file but the server answers " + status);
            }
        };
    }

    /**
     * Goes on if what {@code address} sends cannot be read or changed on its way.
     *
     * @throws ModelLoadException if not
     */
    private static void requireSafe(URI address) {
        if (!Origin.isHttp(address) || address.getUserInfo() != null) {
            throw new ModelLoadException(
                    "the address of a model must be https without a name or password in it but " + "was not");
        }
        if (!Origin.of(address).isSecure() && !LOOPBACK.contains(address.getHost())) {
            throw new ModelLoadException(shown(address) + " must be an https address but is http");
        }
    }

    /** {@code address} without what may be secret: the query and the fragment. */
    public static String shown(URI address) {
        return address.getScheme() + "://" + address.getRawAuthority() + String.valueOf(address.getRawPath());
    }
}
