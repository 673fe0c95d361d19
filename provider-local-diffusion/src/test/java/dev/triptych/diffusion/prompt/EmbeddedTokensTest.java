package dev.triptych.diffusion.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Words that textual inversions taught, in prompts. */
class EmbeddedTokensTest {

    private final EmbeddedTokens tokens =
            EmbeddedTokens.of(Map.of("<style>", List.of(7, 8), "cat", List.of(9), "cat-toy", List.of(10)));

    private static EmbeddedTokens.Piece piece(String text, Integer... ids) {
        return new EmbeddedTokens.Piece(text, List.of(ids));
    }

    @Test
    void takesTheLongestInAnyCase() {
        assertThat(tokens.split("A Cat-Toy in <STYLE>, no cat"))
                .containsExactly(
                        piece("A "),
                        piece("Cat-Toy", 10),
                        piece(" in "),
                        piece("<STYLE>", 7, 8),
                        piece(", no "),
                        piece("cat", 9));
    }

    @Test
    void aWordOfLettersCountsOnlyByItself() {
        assertThat(tokens.split("concatenate cats x<style>y"))
                .containsExactly(piece("concatenate cats x"), piece("<style>", 7, 8), piece("y"));
    }

    @Test
    void withoutWordsEverythingIsText() {
        assertThat(EmbeddedTokens.none().split("a cat")).containsExactly(piece("a cat"));
        assertThat(tokens.split("")).isEmpty();
    }

    @Test
    void logsNoWord() {
        assertThat(tokens).hasToString("EmbeddedTokens[3]");
    }
}
