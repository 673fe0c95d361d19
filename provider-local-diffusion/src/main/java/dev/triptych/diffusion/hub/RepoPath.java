package dev.triptych.diffusion.hub;

import java.nio.file.Path;

/** Names of files in a repository, which come from outside and must not lead out of the folder they belong to. */
final class RepoPath {

    private RepoPath() {}

    /** Whether {@code path} is a relative path with {@code /} that stays below its folder on every system. */
    static boolean isSafe(String path) {
        if (path.isEmpty() || path.length() > 1000 || path.indexOf('\\') >= 0 || path.indexOf(':') >= 0) {
            return false;
        }
        if (path.chars().anyMatch(c -> c < ' ' || c == 127)) {
            return false;
        }
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return false;
            }
        }
        return true;
    }

    /**
     * The place of {@code path} below {@code folder}, looked at again after normalising.
     *
     * @throws IllegalArgumentException if it leads out of the folder
     */
    static Path below(Path folder, String path) {
        Path place = folder.resolve(path).normalize();
        if (!isSafe(path) || !place.startsWith(folder.normalize()) || place.equals(folder.normalize())) {
            throw new IllegalArgumentException("a file of a repository must lie in its folder but is called " + path);
        }
        return place;
    }

    /** The last part of {@code path}. */
    static String fileName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The folder of {@code path}, with a slash at its end; {@code ""} for the root. */
    static String folder(String path) {
        return path.substring(0, path.lastIndexOf('/') + 1);
    }
}
