package dev.triptych.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.triptych.GenerationWarning;
import dev.triptych.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownWordsTest {

    private static final String WORDS = """
            {"known": ["house", "houses", "hot air balloon", "hot", "red", "lake"],
             "plain": ["a", "the", "by", "and", "two"],
             "near": {"cabin": "house", "log cabin": "house", "pond": "lake"}}
            """;

    @TempDir
    Path directory;

    @Test
    void namesTheWordsWithoutAPictureAndTheNearestThatHasOne() throws IOException {
        assertThat(words().warningFor(List.of("A red cabin by the Pond, and a yeti")))
                .contains(GenerationWarning.notice(
                        "prompt", "the checkpoint has no picture for: cabin (near: house), pond (near: lake), yeti"));
    }

    @Test
    void saysNothingOfAPromptWhoseWordsAllHaveAPicture() throws IOException {
        assertThat(words().warningFor(List.of("two red houses by the lake, 8"))).isEmpty();
        assertThat(words().warningFor(List.of(""))).isEmpty();
    }

    @Test
    void takesTheLongestPhraseThatTheFileTellsOf() throws IOException {
        assertThat(words().warningFor(List.of("a hot air balloon"))).isEmpty();
        assertThat(words().missing("a log cabin").keySet()).containsExactly("log cabin");
        assertThat(words().missing("hot air").keySet()).containsExactly("air");
    }

    @Test
    void namesAWordOnceAndOfManyTheFirstSix() throws IOException {
        assertThat(words().warningFor(List.of("yeti, yeti, b c d e f g h")))
                .contains(GenerationWarning.notice(
                        "prompt", "the checkpoint has no picture for: yeti, b, c, d, e, f and 2 more"));
    }

    @Test
    void namesTheWordsOfSeveralTextsOnce() throws IOException {
        assertThat(words().warningFor(List.of("a yeti by the pond", "a yeti by the lake", "elf")))
                .contains(GenerationWarning.notice(
                        "prompt", "the checkpoint has no picture for: yeti, pond (near: lake), elf"));
    }

    @Test
    void aWordKeepsItsHyphenAndItsApostrophe() throws IOException {
        assertThat(words().missing("a o'neill's — naïve, t-rex").keySet())
                .containsExactly("o'neill's", "naïve", "t-rex");
    }

    @Test
    void aCheckpointWithoutTheFileIsNotWarnedOf() {
        assertThat(KnownWords.read(directory)).isEmpty();
    }

    @Test
    void refusesAFileOfAnotherForm() throws IOException {
        Path file = directory.resolve("words.json");
        Files.writeString(file, "{\"near\": [\"cabin\"]}");
        assertThatThrownBy(() -> KnownWords.read(directory))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + ": \"near\" must be an object of texts but was [\"cabin\"]");
        Files.writeString(file, "{\"near\": {\"cabin\": 1}}");
        assertThatThrownBy(() -> KnownWords.read(directory))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage(file + ": \"near\" must be an object of texts but was {\"cabin\":1}");
    }

    private KnownWords words() throws IOException {
        Files.writeString(directory.resolve("words.json"), WORDS);
        return KnownWords.read(directory).orElseThrow();
    }
}
