package dev.triptych.diffusion.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationContext;
import dev.triptych.ModelLoadException;
import dev.triptych.diffusion.hub.CachedModels.Model;
import dev.triptych.diffusion.hub.CachedModels.Verification;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachedModelsTest {

    private static final String OLD = "a".repeat(40);
    private static final String NEW = "b".repeat(40);

    @TempDir
    Path temp;

    private CachedModels models;
    private Path repo;

    @BeforeEach
    void aRepositoryOfTwoCommitsThatShareAContent() throws IOException {
        HubSettings settings = HubSettings.of(Map.of("HF_HUB_CACHE", temp.toString()), () -> temp);
        models = new CachedModels(settings);
        repo = temp.resolve("models--owner--name");
        CachedRepo cached = CachedRepo.of(settings, "owner/name");
        for (String[] file : new String[][] {
            {OLD, "shared.txt", "shared"},
            {OLD, "old/only.txt", "old one"},
            {NEW, "shared.txt", "shared"},
            {NEW, "new.txt", "new"}
        }) {
            byte[] content = file[2].getBytes(StandardCharsets.UTF_8);
            Files.createDirectories(cached.blobs());
            Files.write(cached.blobs().resolve(FakeHub.gitHash(content)), content);
            cached.link(file[0], file[1], FakeHub.gitHash(content), false);
        }
        cached.point("main", NEW);
        cached.point("v1", OLD);
    }

    @Test
    void everyCommitIsListed() {
        assertThat(models.list())
                .containsExactly(
                        new Model(
                                "owner/name",
                                OLD,
                                List.of("v1"),
                                2,
                                13,
                                repo.resolve("snapshots").resolve(OLD)),
                        new Model(
                                "owner/name",
                                NEW,
                                List.of("main"),
                                2,
                                9,
                                repo.resolve("snapshots").resolve(NEW)));
    }

    @Test
    void aCacheThatIsNotThereHoldsNothing() {
        HubSettings none =
                HubSettings.of(Map.of("HF_HUB_CACHE", temp.resolve("none").toString()), () -> temp);

        assertThat(new CachedModels(none).list()).isEmpty();
    }

    @Test
    void aRevisionTakesWithItWhatNoOtherHas() throws IOException {
        long bytes = models.remove("owner/name", Optional.of("v1"));

        assertThat(bytes).isEqualTo(7 + 40); // the content and the ref
        assertThat(models.list()).extracting(Model::commit).containsExactly(NEW);
        assertThat(repo.resolve("snapshots").resolve(NEW).resolve("shared.txt")).hasContent("shared");
        try (var blobs = Files.list(repo.resolve("blobs"))) {
            assertThat(blobs).hasSize(2);
        }
        assertThat(repo.resolve("refs/v1")).doesNotExist();
    }

    @Test
    void theFirstDigitsOfACommitWillDo() {
        models.remove("owner/name", Optional.of("bbbb"));
        models.remove("owner/name", Optional.of("aaaa"));

        assertThat(repo).doesNotExist();
    }

    @Test
    void aModelIsRemovedWholeAndNothingOutsideIsTouched() throws IOException {
        Path outside = Files.writeString(temp.resolve("outside"), "stays");
        Files.createSymbolicLink(repo.resolve("blobs/link"), outside);

        models.remove("owner/name", Optional.empty());

        assertThat(repo).doesNotExist();
        assertThat(outside).hasContent("stays");
    }

    @Test
    void whatIsNotThereIsNamedWithTheNearest() {
        assertThatThrownBy(() -> models.remove("owner/nane", Optional.empty()))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("owner/nane must be in the cache, " + temp + ", but is not; the nearest is owner/name");
        assertThatThrownBy(() -> models.remove("owner/name", Optional.of("v2")))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("revision v2 must be one commit of owner/name in the cache but is none");
    }

    @Test
    void aDamagedFileIsFound() throws IOException {
        Path damaged = repo.resolve("snapshots").resolve(NEW).resolve("new.txt");
        Files.writeString(damaged.toRealPath(), "nEw");
        Files.delete(
                repo.resolve("snapshots").resolve(NEW).resolve("shared.txt").toRealPath());
        Files.writeString(repo.resolve("snapshots").resolve(NEW).resolve("plain.txt"), "whose hash nobody knows");

        Verification found = models.verify("owner/name", Optional.of("main"), GenerationContext.create());

        assertThat(found)
                .isEqualTo(new Verification(List.of(), List.of("plain.txt"), List.of("new.txt", "shared.txt")));
    }
}
