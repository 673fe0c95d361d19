package dev.triptych.diffusion.checkpoint;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** Where this user's caches belong by the custom of the system: unpacked checkpoints and native libraries. */
public final class UserCache {

    private UserCache() {}

    /**
     * {@code $XDG_CACHE_HOME/triptych} or {@code ~/.cache/triptych}, on macOS {@code ~/Library/Caches/triptych}, on
     * Windows {@code %LOCALAPPDATA%\triptych}. It need not exist.
     */
    public static Path folder() {
        return folder(System.getenv(), System.getProperty("os.name", ""), System.getProperty("user.home", "."));
    }

    static Path folder(Map<String, String> environment, String system, String home) {
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            String local = environment.getOrDefault("LOCALAPPDATA", "");
            return (local.isEmpty() ? Path.of(home, "AppData", "Local") : Path.of(local)).resolve("triptych");
        }
        if (name.startsWith("mac")) {
            return Path.of(home, "Library", "Caches", "triptych");
        }
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        // The XDG specification wants a relative path ignored.
        return (xdg.startsWith("/") ? Path.of(xdg) : Path.of(home, ".cache")).resolve("triptych");
    }
}
