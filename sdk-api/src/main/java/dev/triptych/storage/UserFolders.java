package dev.triptych.storage;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where files of this user belong. The one place that knows what {@code ~} stands for. */
public final class UserFolders {

    private UserFolders() {}

    /**
     * The user's home: what Java takes for it ({@code user.home}), or {@code $HOME} where that is no home, as for a
     * user without an entry in the system's list of users, of whom there are many in containers.
     *
     * @throws IllegalStateException if neither is an absolute path of an existing folder other than the root
     */
    public static Path home() {
        return home(System.getProperty("user.home", ""), System.getenv());
    }

    static Path home(String userHome, Map<String, String> environment) {
        String variable = environment.getOrDefault("HOME", "");
        return folder(userHome)
                .or(() -> folder(variable))
                .orElseThrow(() -> new IllegalStateException(
                        "the user's home must be an existing folder other than the root, but Java's user.home is \""
                                + userHome + "\" and HOME is "
                                + (variable.isEmpty() ? "not set" : "\"" + variable + "\"")
                                + "; set HOME to a folder of this user"));
    }

    private static Optional<Path> folder(String text) {
        return text.isBlank()
                ? Optional.empty()
                : Optional.of(Path.of(text))
                        .filter(path -> path.isAbsolute() && path.getNameCount() > 0 && Files.isDirectory(path));
    }

    /**
     * The path that {@code text} names; {@code ~} alone or before a separator is the user's home.
     *
     * @throws IllegalStateException if the home is needed and there is none
     * @throws java.nio.file.InvalidPathException if no file can have such a name
     */
    public static Path expand(String text) {
        if (text.equals("~")) {
            return home();
        }
        boolean inHome = text.startsWith("~/") || text.startsWith("~" + File.separator);
        return inHome ? home().resolve(text.substring(2)) : Path.of(text);
    }

    /**
     * Where Triptych keeps what it must remember: {@code triptych} in the state home of the XDG base directory
     * specification, {@code $XDG_STATE_HOME} or {@code ~/.local/state}. It need not exist.
     *
     * @throws IllegalStateException if the home is needed and there is none
     */
    public static Path state() {
        return state(System.getenv());
    }

    /** {@link #state()} with the variables of {@code environment}. */
    public static Path state(Map<String, String> environment) {
        // The specification wants a relative path ignored.
        Path folder = Optional.of(environment.getOrDefault("XDG_STATE_HOME", ""))
                .filter(text -> !text.isBlank())
                .map(Path::of)
                .filter(Path::isAbsolute)
                .orElseGet(() -> home().resolve(".local").resolve("state"));
        return folder.resolve("triptych");
    }
}
