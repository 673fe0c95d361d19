package dev.triptych.diffusion.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code get_learned_conditioning_prompt_schedules} of A1111's web UI makes of the same texts in ten steps. */
class PromptScheduleTest {

    private static final int STEPS = 10;
    private static final int RANDOM_TEXTS = 10_000;

    @ParameterizedTest
    @CsvSource(
            delimiterString = "->",
            ignoreLeadingAndTrailingWhitespace = false,
            quoteCharacter = '~',
            value = {
                "test->10 'test'",
                "a [b:3]->3 'a ', 10 'a b'",
                "a [b: 3]->3 'a ', 10 'a b'",
                "[(a:2):3]->3 '', 10 '(a:2)'",
                "a [b : c : 1] d->1 'a b  d', 10 'a  c  d'",
                "a[b:[c:d:2]:1]e->1 'abe', 2 'ace', 10 'ade'",
                "a [unbalanced->10 'a [unbalanced'",
                "a [b:.5] c->5 'a  c', 10 'a b c'",
                "a [b:1.5] c->10 'a  c'",
                "a [b:0] c->10 'a b c'",
                "a [b::1e0] c->1 'a b c', 10 'a  c'",
                "((a][:b:c [d:3]->3 '((a][:b:c ', 10 '((a][:b:c d'",
                "a | b [c:3]->10 'a | b [c:3]'",
                "a \\[b:3\\] c->10 'a \\[b:3\\] c'",
                "[a:b:c:3]->10 '[a:b:c:3]'",
            })
    void changes(String prompt, String expected) {
        String found = PromptSchedule.parse(prompt, STEPS).entries().stream()
                .map(entry -> Math.min(STEPS, entry.last()) + " '" + entry.value() + "'")
                .collect(Collectors.joining(", "));

        assertThat(found).isEqualTo(expected);
    }

    @Test
    void alternates() {
        Timeline<String> two = PromptSchedule.parse("[fe|]male", STEPS);
        Timeline<String> four = PromptSchedule.parse("[fe|||]male", STEPS);
        Timeline<String> weighted = PromptSchedule.parse("[a|(b:1.1)]", STEPS);

        assertThat(two.values()).hasSize(STEPS).startsWith("female", "male", "female", "male");
        assertThat(four.values()).startsWith("female", "male", "male", "male", "female");
        assertThat(weighted.values()).startsWith("a", "(b:1.1)", "a");
    }

    @Test
    void anEntryServesOneEvaluationMoreThanItsStep() {
        Timeline<String> half = PromptSchedule.parse("[a:b:0.5]", 4);
        Timeline<String> alternating = PromptSchedule.parse("[a|b]", 4);

        assertThat(shown(half, 4)).isEqualTo("aaab");
        assertThat(shown(alternating, 4)).isEqualTo("aaba");
    }

    private static String shown(Timeline<String> timeline, int evaluations) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < evaluations; i++) {
            shown.append(timeline.at(i));
        }
        return shown.toString();
    }

    /** Strings of the grammar's own characters: each is read, and what is no grammar stays as it was typed. */
    @Test
    void anyTextIsRead() {
        String[] words = {
            "(",
            ")",
            "[",
            "]",
            ":",
            "|",
            "\\",
            " ",
            "a",
            "fox",
            "0.5",
            "3",
            "-1",
            ".",
            "BREAK",
            " AND ",
            "<lora:x:1>",
            "<",
            ">",
            ",",
            "\n",
            "é",
            "\uD83E\uDD8A"
        };
        Random random = new Random(17);
        for (int i = 0; i < RANDOM_TEXTS; i++) {
            StringBuilder text = new StringBuilder();
            for (int left = random.nextInt(40); left > 0; left--) {
                text.append(words[random.nextInt(words.length)]);
            }
            String prompt = text.toString();
            NetTags tags = NetTags.read(prompt);
            for (PromptParts.Part part : PromptParts.parse(tags.text())) {
                Timeline<String> timeline = PromptSchedule.parse(part.text(), STEPS);
                assertThat(timeline.entries()).isNotEmpty();
                for (String now : timeline.values()) {
                    assertThat(Emphasis.parse(now)).isNotEmpty();
                    assertThat(now.length()).isLessThanOrEqualTo(part.text().length());
                }
                if (part.text().chars().noneMatch(character -> character == '[')) {
                    assertThat(timeline.at(0)).isEqualTo(part.text());
                }
            }
        }
    }

    @Test
    void deepAndLongTextsEnd() {
        for (String hard :
                new String[] {"[", "(", "[a:", "[a|", "([", "<a:", " AND", ": ", "[(a:", "[a:b:0.5", "(a:1"}) {
            String prompt = hard.repeat(20_000 / hard.length());

            assertThatCode(() -> {
                        for (PromptParts.Part part :
                                PromptParts.parse(NetTags.read(prompt).text())) {
                            PromptSchedule.parse(part.text(), STEPS).values().forEach(Emphasis::parse);
                        }
                    })
                    .doesNotThrowAnyException();
        }
    }
}
