package dev.triptych.examples.discordbot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobTextTest {

    private static ImageJob job(String request, String pressed, Instruction instruction, String prompt) {
        return new ImageJob(instruction, "12345678901234567890", "1", request, pressed, prompt, Optional.empty(), "");
    }

    @Test
    void saysWhichButtonWasPressedBelowWhichMessage() {
        ImageJob press = job("", "42", Instruction.press("V3"), "a fox");

        String waiting = JobText.waiting(press, 2);

        assertThat(waiting)
                .isEqualTo("**a fox** - Variations by <@12345678901234567890> (Waiting to start, 2 ahead)\n"
                        + "-# pressed V3 of 42");
        assertThat(JobText.pressed(waiting)).hasValue(new JobText.Pressed("V3", "42"));
        assertThat(JobText.isUnfinished(waiting)).isTrue();
        assertThat(JobText.pressed(JobText.progress(job("", "42", Instruction.press("🔄"), "a fox"), 31)))
                .hasValue(new JobText.Pressed("🔄", "42"));
    }

    @Test
    void saysNothingOfThatWhereAMessageAsked() {
        ImageJob press = job("7", "42", Instruction.press("V3"), "a fox");

        assertThat(JobText.pressed(JobText.waiting(press, 0))).isEmpty();
    }

    @Test
    void fitsIntoAMessageWhateverItHolds() {
        String prompt = "🦊".repeat(JobText.MOST_PROMPT);
        ImageJob press = job("", "12345678901234567890", Instruction.press("V3"), prompt);
        ImageJob named = job("7", "", new Instruction("abcdefghijklmnopqrst", 4, prompt, ""), prompt);

        for (String text : List.of(
                JobText.waiting(press, 999_999),
                JobText.waiting(named, 999_999),
                JobText.progress(press, 100),
                JobText.done(named, true, List.of("--" + "🦊".repeat(900))))) {
            assertThat(text.codePointCount(0, text.length())).isLessThanOrEqualTo(2000);
        }
    }
}
