package dev.triptych.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserFoldersTest {

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @Test
    void isWhatJavaTakesForTheHome() {
        assertThat(UserFolders.home(folder.toString(), Map.of("HOME", "/elsewhere")))
                .isEqualTo(folder);
    }

    /** What Java says for a user id without a passwd entry, by version and distribution, and what is no home. */
    @ParameterizedTest
    @ValueSource(strings = {"?", "/", "", " ", "home/me", "/no/such/folder"})
    void isWhatTheEnvironmentSaysWhereJavaKnowsNone(String userHome) {
        assertThat(UserFolders.home(userHome, Map.of("HOME", folder.toString())))
                .isEqualTo(folder);
    }

    @Test
    void saysWhatToSetWhereThereIsNone() {
        assertThatThrownBy(() -> UserFolders.home("?", Map.of()))
                .hasMessage("the user's home must be an existing folder other than the root, but Java's user.home is"
                        + " \"?\" and HOME is not set; set HOME to a folder of this user");
        assertThatThrownBy(() -> UserFolders.home("/", Map.of("HOME", "/")))
                .hasMessage("the user's home must be an existing folder other than the root, but Java's user.home is"
                        + " \"/\" and HOME is \"/\"; set HOME to a folder of this user");
    }

    @Test
    void putsTheHomeInThePlaceOfTheTildeAlone() {
        assertThat(UserFolders.expand("~")).isEqualTo(UserFolders.home());
        assertThat(UserFolders.expand("~/a/b"))
                .isEqualTo(UserFolders.home().resolve("a").resolve("b"));
        assertThat(UserFolders.expand("a/~/b")).isEqualTo(Path.of("a/~/b"));
        assertThat(UserFolders.expand("~backup")).isEqualTo(Path.of("~backup"));
    }

    @Test
    void keepsStateWhereTheSpecificationSays() {
        assertThat(UserFolders.state(Map.of("XDG_STATE_HOME", "/state"))).isEqualTo(Path.of("/state/triptych"));
        assertThat(UserFolders.state(Map.of("XDG_STATE_HOME", "relative")))
                .isEqualTo(UserFolders.home().resolve(".local/state/triptych"));
        assertThat(UserFolders.state(Map.of())).isEqualTo(UserFolders.home().resolve(".local/state/triptych"));
    }
}
