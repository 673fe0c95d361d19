package dev.triptych.diffusion.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.triptych.GenerationContext;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The three questions that the hub is asked: which commit, which files, and where a file lies. Thread-safe. */
final class HubApi {

    private static final int ANSWER_LIMIT = 64 << 20;
    private static final int PAGE_LIMIT = 1000;
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;[^,]*rel=\"?next\"?");

    private final HubHttp http;
    private final HubSettings settings;
    private final HubErrors errors;

    HubApi(HubHttp http) {
        this.http = http;
        this.settings = http.settings();
        this.errors = new HubErrors(settings);
    }

    /**
     * The commit that the revision of {@code name} is at now.
     *
     * @throws dev.triptych.ImageGenerationException if the hub refuses or cannot be reached
     */
    String commit(HubName name, GenerationContext context) {
        URI address = URI.create(settings.endpoint() + "/api/models/" + name.repository() + "/revision/"
                + HubName.segment(name.revision()));
        HttpResponse<byte[]> response = ask(name, address, context);
        try {
            JsonNode answer = RepoTree.JSON.readTree(response.body());
            String commit = answer.path("sha").asText();
            if (HubName.isCommit(commit)) {
                return commit;
            }
        } catch (IOException e) {
            throw errors.noHub("answers for " + name + " with what is no JSON");
        }
        throw errors.noHub("answers for " + name + " without a commit");
    }

    /**
     * All files of {@code name}'s repository at {@code commit}.
     *
     * @throws dev.triptych.ImageGenerationException if the hub refuses or cannot be reached
     */
    RepoTree tree(HubName name, String commit, GenerationContext context) {
        SortedMap<String, RepoFile> files = new TreeMap<>();
        Optional<URI> page = Optional.of(URI.create(settings.endpoint() + "/api/models/" + name.repository() + "/tree/"
                + commit + "?recursive=true&expand=false"));
        for (int pages = 0; page.isPresent(); pages++) {
            if (pages == PAGE_LIMIT) {
                throw errors.noHub("lists the files of " + name + " without end");
            }
            HttpResponse<byte[]> response = ask(name.at(commit), page.get(), context);
            try {
                RepoTree.addPage(response.body(), files);
                page = nextPage(response);
            } catch (JsonProcessingException e) {
                throw errors.noHub("lists the files of " + name + " with what is no JSON");
            } catch (IOException | IllegalArgumentException e) {
                throw errors.noHub("lists the files of " + name + " wrongly: " + HubErrors.reason(e));
            }
        }
        return new RepoTree(commit, files);
    }

    private static Optional<URI> nextPage(HttpResponse<?> response) throws IOException {
        for (String link : response.headers().allValues("Link")) {
            Matcher matcher = NEXT.matcher(link);
            if (matcher.find()) {
                URI next = response.uri().resolve(matcher.group(1));
                if (!Origin.isHttp(next)) {
                    throw new IOException("the next page must be an http or https address but is not");
                }
                return Optional.of(next);
            }
        }
        return Optional.empty();
    }

    private HttpResponse<byte[]> ask(HubName name, URI address, GenerationContext context) {
        HttpResponse<byte[]> response;
        try {
            response = http.ask("GET", address, ANSWER_LIMIT, context);
        } catch (IOException e) {
            throw errors.unreachable(name.toString(), e);
        }
        if (response.statusCode() != 200) {
            throw errors.of(name, response, new String(response.body(), StandardCharsets.UTF_8));
        }
        return response;
    }

    /** Where the bytes of {@code file} come from. Small ones lie on the hub itself; of others the hub knows where. */
    Download.Source source(HubName name, String commit, RepoFile file) {
        HubName whole = new HubName(name.repository(), file.path(), commit);
        StringBuilder path = new StringBuilder();
        for (String part : file.path().split("/", -1)) {
            path.append('/').append(HubName.segment(part));
        }
        URI address = URI.create(settings.endpoint() + "/" + name.repository() + "/resolve/" + commit + path);
        return new Download.Source() {
            @Override
            public URI locate(GenerationContext context) throws IOException {
                return file.sha256().isPresent() ? head(whole, address, file, context) : address;
            }

            @Override
            public boolean expires(URI where) {
                return !http.isHub(where);
            }

            @Override
            public RuntimeException refused(HttpResponse<?> response, String text) {
                return errors.of(whole, response, text);
            }
        };
    }

    /** The address of the storage, or of the file itself where the hub has it; a new one each time. */
    private URI head(HubName name, URI address, RepoFile file, GenerationContext context) throws IOException {
        HttpResponse<byte[]> response = http.ask("HEAD", address, ANSWER_LIMIT, context);
        Optional<URI> away = HubHttp.redirect(response);
        if (away.isEmpty() && response.statusCode() != 200) {
            throw errors.of(name, response, new String(response.body(), StandardCharsets.UTF_8));
        }
        requireSame(name, file, response, away.isPresent());
        return away.orElse(response.uri());
    }

    private void requireSame(HubName name, RepoFile file, HttpResponse<?> response, boolean redirected)
            throws IOException {
        Optional<String> commit = response.headers().firstValue("X-Repo-Commit");
        if (commit.isEmpty()) {
            throw errors.noHub("does not say the commit of " + name);
        }
        String etag = response.headers()
                .firstValue("X-Linked-Etag")
                .or(() -> response.headers().firstValue("ETag"))
                .map(value -> value.replaceFirst("^W/", "").replace("\"", ""))
                .orElse(file.etag());
        Optional<String> size = response.headers()
                .firstValue("X-Linked-Size")
                .or(() -> redirected ? Optional.empty() : response.headers().firstValue("Content-Length"));
        if (!etag.equals(file.etag())
                || size.map(text -> !text.equals(Long.toString(file.size()))).orElse(false)) {
            throw new Download.WrongLengthException(name + " must be the file that the hub lists, of " + file.size()
                    + " bytes and hash " + file.etag() + ", but is another, of " + size.orElse("unknown")
                    + " bytes and hash " + etag);
        }
    }
}
