package dev.triptych.diffusion.hub;

import java.util.Optional;

/**
 * A file of a repository at one commit, as the hub lists it. Immutable.
 *
 * @param path relative to the repository, with {@code /}
 * @param size bytes of its content
 * @param blobId git's hash of what git holds: the content, or a pointer where the content lies elsewhere; 40
 *     hexadecimal digits
 * @param sha256 of the content, where that lies elsewhere (LFS, Xet): 64 hexadecimal digits
 * @param xetHash another hash of the content, kept for Python; not used here
 */
record RepoFile(String path, long size, String blobId, Optional<String> sha256, Optional<String> xetHash) {

    /** The name of its content in the cache, and what the content is checked by. */
    String etag() {
        return sha256.orElse(blobId);
    }
}
