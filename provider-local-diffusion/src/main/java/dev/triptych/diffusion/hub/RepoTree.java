package dev.triptych.diffusion.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * All files of a repository at one commit. Immutable.
 *
 * @param commit 40 hexadecimal digits
 * @param files by their paths, sorted
 */
record RepoTree(String commit, SortedMap<String, RepoFile> files) {

    static final JsonMapper JSON = JsonMapper.builder().build();

    private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** The format of {@code trees/COMMIT.json} that huggingface_hub 2.4.0 writes (_tree_cache.py). */
    private static final int FORMAT = 1;

    RepoTree {
        files = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /**
     * Adds the files of one page of the hub's answer to {@code files}; folders are left out.
     *
     * @throws IOException if it is no such answer, or names a file that would lie outside
     */
    static void addPage(byte[] page, Map<String, RepoFile> files) throws IOException {
        JsonNode entries = JSON.readTree(page);
        if (!entries.isArray()) {
            throw new IOException("a list of files must be an array but was not");
        }
        for (JsonNode entry : entries) {
            if (entry.path("type").asText().equals("file")) {
                JsonNode lfs = entry.path("lfs");
                add(
                        files,
                        entry.path("path").asText(),
                        lfs.path("size").asLong(entry.path("size").asLong(-1)),
                        entry.path("oid").asText(),
                        text(lfs, "oid"),
                        text(entry, "xetHash"));
            }
        }
    }

    /**
     * Reads {@code trees/COMMIT.json}.
     *
     * @throws IOException if it is damaged or of another format
     */
    static RepoTree read(String commit, byte[] json) throws IOException {
        JsonNode root = JSON.readTree(json);
        if (root.path("format_version").asInt() != FORMAT || !root.path("files").isObject()) {
            throw new IOException("format_version must be " + FORMAT + " but was not");
        }
        SortedMap<String, RepoFile> files = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : root.path("files").properties()) {
            JsonNode file = entry.getValue();
            long size = file.path("lfs_size").asLong(file.path("size").asLong(-1));
            String blob = file.path("blob_id").asText();
            add(files, entry.getKey(), size, blob, text(file, "lfs_sha256"), text(file, "xet_hash"));
        }
        return new RepoTree(commit, files);
    }

    private static void add(
            Map<String, RepoFile> files,
            String path,
            long size,
            String blobId,
            Optional<String> sha256,
            Optional<String> xetHash)
            throws IOException {
        boolean known = SHA1.matcher(blobId).matches()
                && sha256.map(hash -> SHA256.matcher(hash).matches()).orElse(true);
        if (!RepoPath.isSafe(path) || size < 0 || !known) {
            throw new IOException("a listed file must have a path in the repository, a size and a hash but "
                    + (RepoPath.isSafe(path) ? path + " has not" : "one has not"));
        }
        files.put(path, new RepoFile(path, size, blobId, sha256, xetHash));
    }

    private static Optional<String> text(JsonNode node, String key) {
        return Optional.of(node.path(key)).filter(JsonNode::isTextual).map(JsonNode::asText);
    }

    /** The bytes of {@code trees/COMMIT.json}. */
    byte[] write() throws IOException {
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("format_version", FORMAT);
        ObjectNode listed = root.putObject("files");
        for (RepoFile file : files.values()) {
            ObjectNode entry = listed.putObject(file.path());
            entry.put("size", file.size()).put("blob_id", file.blobId());
            file.sha256().ifPresent(hash -> entry.put("lfs_sha256", hash).put("lfs_size", file.size()));
            file.xetHash().ifPresent(hash -> entry.put("xet_hash", hash));
        }
        return JSON.writeValueAsBytes(root);
    }

    /** The file {@code path}, if it is there. */
    Optional<RepoFile> file(String path) {
        return Optional.ofNullable(files.get(path));
    }
}
