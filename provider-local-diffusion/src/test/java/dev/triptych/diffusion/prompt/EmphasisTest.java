package dev.triptych.diffusion.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code parse_prompt_attention} of A1111's web UI makes of the same texts. */
class EmphasisTest {

    @ParameterizedTest
    @CsvSource(
            delimiterString = "->",
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "plain text->plain text|1",
                "a (fox)->a |1;fox|1.1",
                "a ((fox)) [sky]->a |1;fox|1.21; |1;sky|0.909091",
                "(a:1.2:0.5)->a:1.2|0.5",
                "a) b] c:1.3->a) b] c:1.3|1",
                "\\(x\\) \\->(x) |1",
                "((x)->x|1.21",
                "[a [b]]->a |0.909091;b|0.826446",
                "(a: 1.5 )->a|1.5",
                "(a:-1)->a|-1",
                "(a]b)->a]b|1.1",
                "()->|1",
                "BREAKFAST->BREAKFAST|1",
                "(a BREAK b:1.3)->a|1.3;BREAK|-1.3;b|1.3",
                "BREAK->|1;BREAK|-1;|1",
                "a BREAK  b->a|1;BREAK|-1;b|1",
                "(a:.)->a:.)|1.1",
                "(a:1.2.3)->a:1.2.3)|1.1",
            })
    void weighs(String text, String expected) {
        String found = Emphasis.parse(text).stream()
                .map(piece -> piece.text() + "|"
                        + String.format(Locale.ROOT, "%.6f", piece.weight()).replaceAll("\\.?0*$", ""))
                .collect(Collectors.joining(";"));

        assertThat(found).isEqualTo(expected);
    }

    @Test
    void theWordThatEndsAChunkDoesNotInBrackets() {
        assertThat(Emphasis.parse("a BREAK b").stream().filter(Emphasis.Piece::isBreak))
                .hasSize(1);
        assertThat(Emphasis.parse("(a BREAK b)").stream().filter(Emphasis.Piece::isBreak))
                .isEmpty();
    }

    @Test
    void aNumberTooLargeForAFloatIsText() {
        assertThat(Emphasis.parse("(a:" + "9".repeat(60) + ")"))
                .extracting(Emphasis.Piece::weight)
                .containsExactly(1.1);
        assertThat(Emphasis.parse("")).isEqualTo(List.of(new Emphasis.Piece("", 1)));
    }
}
