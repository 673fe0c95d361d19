package dev.triptych.diffusion.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TextChunksTest {

    private static final ClipTokenizer TOKENIZER = ClipTokenizer.standard("<|endoftext|>");
    private static final ClipTokenizer OTHER_PADDING = ClipTokenizer.standard("!");
    private static final int END = TOKENIZER.endId();

    @Test
    void aShortTextIsOneChunkAsEver() {
        assertThat(chunks("a photo of a cat"))
                .containsExactly(
                        TextChunk.of(TOKENIZER.tokenize("a photo of a cat").tokenIds()));
        assertThat(TextChunks.of(Emphasis.parse("a cat"), OTHER_PADDING))
                .containsExactly(TextChunk.of(OTHER_PADDING.tokenize("a cat").tokenIds()));
        assertThat(chunks("")).containsExactly(TextChunks.empty(TOKENIZER));
    }

    @Test
    void weightsLieOverTheirTokens() {
        TextChunk chunk = chunks("a (red:1.5) fox").get(0);

        assertThat(chunk.weights()).hasSize(77).startsWith(1, 1, 1.5f, 1);
        assertThat(chunk.weights()[4]).isEqualTo(1);
    }

    @Test
    void aLongTextGoesOnInTheNextChunk() {
        List<TextChunk> chunks = chunks("cat ".repeat(200));

        assertThat(chunks).hasSize(3);
        assertThat(words(chunks.get(0))).isEqualTo(75);
        assertThat(words(chunks.get(2))).isEqualTo(50);
        assertThat(chunks.get(0).ids()[76]).isEqualTo(END);
    }

    @Test
    void whatFollowsALateCommaMovesOn() {
        assertThat(chunks("cat ".repeat(60) + ", " + "dog ".repeat(20)))
                .extracting(TextChunksTest::words)
                .containsExactly(61, 20);
        assertThat(chunks("cat ".repeat(50) + ", " + "dog ".repeat(30)))
                .extracting(TextChunksTest::words)
                .containsExactly(75, 6);
    }

    @Test
    void aWordEndsAChunk() {
        assertThat(chunks("a cat BREAK BREAK a dog"))
                .extracting(TextChunksTest::words)
                .containsExactly(2, 0, 2);
        assertThat(chunks("a cat BREAK")).hasSize(1);
    }

    @Test
    void whatATextualInversionTaughtStaysTogether() {
        ClipTokenizer taught = TOKENIZER.with(EmbeddedTokens.of(Map.of("<style>", List.of(49408, 49409, 49410))));

        List<TextChunk> chunks = TextChunks.of(Emphasis.parse("cat ".repeat(73) + "<style>"), taught);

        assertThat(chunks).extracting(TextChunksTest::words).containsExactly(73, 3);
        assertThat(chunks.get(1).ids()).startsWith(49406, 49408, 49409, 49410, END);
    }

    @Test
    void theMeanStaysAsItWas() {
        float[] values = {1, 2, 3, 4};

        new TextChunk(new int[] {1, 2}, new float[] {1, 3}).weigh(values);

        // 1, 2, 9, 12 has the mean 6 instead of 2.5.
        assertThat(values).containsExactly(1 * 2.5f / 6, 2 * (2.5f / 6), 9 * (2.5f / 6), 12 * (2.5f / 6));
        assertThat(new TextChunk(new int[] {7}, new float[] {1})).hasToString("TextChunk[1 ids]");
    }

    private static List<TextChunk> chunks(String text) {
        return TextChunks.of(Emphasis.parse(text), TOKENIZER);
    }

    private static int words(TextChunk chunk) {
        int words = 0;
        while (chunk.ids()[words + 1] != END) {
            words++;
        }
        return words;
    }
}
