package dev.triptych.diffusion.checkpoint;

import dev.triptych.ModelLoadException;
import dev.triptych.storage.UserFolders;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** Where this user's caches belong by the custom of the system: unpacked checkpoints and native libraries. */
public final class UserCache {

    private UserCache() {}

    /**
     * {@code $XDG_CACHE_HOME/triptych} or {@code ~/.cache/triptych}, on macOS {@code ~/Library/Caches/triptych}, on
     * Windows {@code %LOCALAPPDATA%\triptych}. It need not exist.
     *
     * @throws ModelLoadException if the home is needed and the user has none
     */
    public static Path folder() {
        return folder(System.getenv(), System.getProperty("os.name", ""), UserCache::home);
    }

    private static Path home() {
        try {
            return UserFolders.home();
        } catch (IllegalStateException e) {
            throw new ModelLoadException("the user's cache folder has no place: " + e.getMessage(), e);
        }
    }

    static Path folder(Map<String, String> environment, String system, Supplier<Path> home) {
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            String local = environment.getOrDefault("LOCALAPPDATA", "");
            return (local.isEmpty() ? home.get().resolve("AppData").resolve("Local") : Path.of(local))
                    .resolve("triptych");
        }
        if (name.startsWith("mac")) {
            return home.get().resolve("Library").resolve("Caches").resolve("triptych");
        }
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        // The XDG specification wants a relative path ignored.
        return (xdg.startsWith("/") ? Path.of(xdg) : home.get().resolve(".cache")).resolve("triptych");
    }
}
