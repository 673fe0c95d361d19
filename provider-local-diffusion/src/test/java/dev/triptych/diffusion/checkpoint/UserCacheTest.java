package dev.triptych.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UserCacheTest {

    @Test
    void putsCachesWhereTheSystemWantsThem() {
        Path home = Path.of("/home/me");

        assertThat(UserCache.folder(Map.of(), "Linux", () -> home)).isEqualTo(home.resolve(".cache/triptych"));
        assertThat(UserCache.folder(Map.of("XDG_CACHE_HOME", "/var/me"), "Linux", () -> home))
                .isEqualTo(Path.of("/var/me/triptych"));
        assertThat(UserCache.folder(Map.of("XDG_CACHE_HOME", "relative"), "Linux", () -> home))
                .isEqualTo(home.resolve(".cache/triptych"));
        assertThat(UserCache.folder(Map.of(), "Mac OS X", () -> home))
                .isEqualTo(home.resolve("Library/Caches/triptych"));
        assertThat(UserCache.folder(Map.of("LOCALAPPDATA", "/local"), "Windows 11", () -> home))
                .isEqualTo(Path.of("/local/triptych"));
        assertThat(UserCache.folder(Map.of(), "Windows 11", () -> home))
                .isEqualTo(home.resolve("AppData/Local/triptych"));
    }
}
