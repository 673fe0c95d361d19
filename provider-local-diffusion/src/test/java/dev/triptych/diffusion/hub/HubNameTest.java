package dev.triptych.diffusion.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubNameTest {

    @ParameterizedTest
    @CsvSource({
        "owner/name, owner/name, '', main",
        "owner/name@v1.0, owner/name, '', v1.0",
        "owner/name@refs/pr/1, owner/name, '', refs/pr/1",
        "owner/name/a.safetensors, owner/name, a.safetensors, main",
        "owner/name/sub/a b.gguf@main, owner/name, sub/a b.gguf, main",
        "owner/name/vae/, owner/name, vae, main",
        "owner/stable-diffusion-v1.5_x, owner/stable-diffusion-v1.5_x, '', main"
    })
    void aNameHasARepositoryAPathAndARevision(String text, String repository, String path, String revision) {
        assertThat(HubName.parse(text)).contains(new HubName(repository, path, revision));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name",
                "/owner/name",
                "./owner/name",
                "owner/../name",
                "owner/name/../../etc",
                "owner/na--me",
                "owner/name.git",
                "owner/name@",
                "owner/name@../x",
                "owner\\name",
                "C:/models",
                "~/models/sd15",
                "https://host/name"
            })
    void whatIsNoNameIsNone(String text) {
        assertThat(HubName.parse(text)).isEmpty();
    }

    @Test
    void aRevisionIsOneSegmentOfAnAddress() {
        assertThat(HubName.segment("refs/pr/1 ä")).isEqualTo("refs%2Fpr%2F1%20%C3%A4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a", "a/../../b", "/a", "a//b", "a\\b", "C:a", "a/", "", ".", "a\nb"})
    void aPathThatLeadsOutOfItsFolderIsRefused(String path) {
        assertThat(RepoPath.isSafe(path)).isFalse();
        assertThatThrownBy(() -> RepoPath.below(Path.of("folder"), path)).isInstanceOf(IllegalArgumentException.class);
    }
}
