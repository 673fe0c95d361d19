package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RedactionTest {

    private static String clean(String text, String... prompts) {
        return new Redaction(List.of("secret-key-1"), List.of(prompts)).clean(text);
    }

    @Test
    void takesOutTheKeyAndWhatLooksLikeOne() {
        assertThat(clean("bad key secret-key-1, or sk-abc***xyz, or hf_abcdefgh"))
                .isEqualTo("bad key [key], or [key], or [key]");
    }

    @Test
    void takesOutThePromptAndLongPiecesOfIt() {
        assertThat(clean(
                        "Refused: A Zanzibar FOX at dawn; the part 'fox at dawn in' too",
                        "a zanzibar fox at dawn in may"))
                .isEqualTo("Refused: [prompt]; the part '[prompt]' too");
    }

    @Test
    void takesOutAShortPromptWhole() {
        assertThat(clean("cannot paint a cat today", "a cat")).isEqualTo("cannot paint [prompt] today");
    }

    @Test
    void leavesWordsThatMerelyOccurInAPrompt() {
        assertThat(clean("the size is wrong", "the fox of a size that is wrong for a fox"))
                .isEqualTo("the size is wrong");
    }

    @Test
    void takesOutPictures() {
        assertThat(clean("got iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAADklEQVR4nGM and stopped"))
                .isEqualTo("got [...] and stopped");
    }

    @Test
    void staysOnOneLineOfBoundedLength() {
        String cleaned = clean("a\r\nb\u0000" + "word ".repeat(200));

        assertThat(cleaned).startsWith("a b ").endsWith("...").hasSize(303);
    }

    @Test
    void showsNothingWhereCaseChangesTheLength() {
        assertThat(clean("\u0130stanbul is refused", "a prompt of istanbul")).isEqualTo("[not shown]");
    }

    @Test
    void isNotShownItself() {
        assertThat(new Redaction(List.of("secret-key-1"), List.of("prompt"))).hasToString("Redaction[]");
    }
}
