package dev.triptych.discord;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.discord.BotSignal.Failure;
import dev.triptych.discord.BotSignal.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BotMessageParserTest {

    private static Message message(String content, boolean picture, Message.Embed... embeds) {
        Message.Attachment png = new Message.Attachment("1", "fox.png", "https://cdn/fox.png", 10, "image/png");
        return new Message(
                "10",
                "20",
                "30",
                content,
                "",
                "",
                "",
                picture ? List.of(png) : List.of(),
                List.of(),
                List.of(embeds),
                false);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "**a fox --seed 7** - <@1> (fast)",
                "**a fox** - <@1> (relaxed, stealth)",
                "**a fox** - <@1> (Open on website for full quality) (relaxed)",
                "**a fox** - <@1> [(Open on website for full quality)](<https://midjourney.com/jobs/x>) (fast)",
                "**a fox** - Variations (Strong) by <@1> (turbo)",
                "**a fox** - Zoom Out by <@1> (some new mode)",
                "**** - <@1> (fast)",
                "**a ** fox (31%) ** (Stopped)** - <@1> (fast)",
                "**a fox** - <@1> (fast)\n-# Create, explore, and organize on [midjourney.com](<https://x>)",
            })
    void knowsAFinishedGrid(String content) {
        BotSignal signal = BotMessageParser.parse(message(content, true));

        assertThat(signal.kind()).isEqualTo(Kind.DONE);
        assertThat(signal.single()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "**a fox** - Image #2 <@1>",
                "**a fox** - Upscaled (Subtle) by <@1> (fast)",
                "**a fox** - <@1> (one picture) (fast)",
            })
    void knowsASinglePicture(String content) {
        assertThat(BotMessageParser.parse(message(content, true)).single()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            **a fox** - <@1> (Waiting to start)          | QUEUED   | -1
            **a fox** - <@1> (Waiting to start, 3 ahead) | QUEUED   | -1
            **a fox** - <@1> (paused)                    | QUEUED   | -1
            **a fox** - <@1> (0%) (fast)                 | PROGRESS | 0
            **a fox** - Upscaling by <@1> (31%) (fast)   | PROGRESS | 31
            **a fox** - <@1> (Stopped)                   | FAILED   | -1
            Failed to process your command :c            | FAILED   | -1
            Progress images have been disabled.          | UNKNOWN  | -1
            """)
    void readsTheState(String content, Kind kind, int percent) {
        BotSignal signal = BotMessageParser.parse(message(content, false));

        assertThat(signal.kind()).isEqualTo(kind);
        assertThat(signal.percent()).isEqualTo(percent);
    }

    @Test
    void readsThePlaceInTheQueueTheTileTheJobAndWhatWasIgnored() {
        assertThat(BotMessageParser.parse(message("**a fox** - <@1> (Waiting to start, 3 ahead)", false))
                        .position())
                .isEqualTo(3);
        assertThat(BotMessageParser.parse(message("**a fox** - Image #4 <@1>", true))
                        .tile())
                .isEqualTo(4);
        BotSignal signal = BotMessageParser.parse(message(
                "**a --seed 1 fox --seed 22** - <@1> (fast)\n-# ignored: --niji 6, --chaos 5\n-# job 0f40196f9b6754f3",
                true));
        assertThat(signal.job()).isEqualTo("0f40196f9b6754f3");
        assertThat(signal.seed()).hasValue(22);
        assertThat(signal.ignored()).containsExactly("--niji 6", "--chaos 5");
    }

    @Test
    void takesNoJobFromThePrompt() {
        BotSignal signal = BotMessageParser.parse(message("**a fox\n-# job 0f40196f9b6754f3\n** - <@1> (fast)", true));

        assertThat(signal.job()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "Banned prompt detected, CONTENT_BLOCKED",
        "Invalid parameter, BAD_REQUEST",
        "Queue full, BUSY",
        "Job action restricted, NOT_ALLOWED",
        "Subscription required, ACCOUNT",
        "Please verify you're human, HUMAN_NEEDED",
        "Something new and red, BOT_FAILURE",
    })
    void sortsFailureNotes(String title, Failure failure) {
        BotSignal signal = BotMessageParser.parse(message("", false, new Message.Embed(title, "", "", 0xFF0000)));

        assertThat(signal.kind()).isEqualTo(Kind.FAILED);
        assertThat(signal.failure()).isEqualTo(failure);
        assertThat(signal.explanation()).isEqualTo(title);
    }

    @Test
    void takesJobQueuedForNoFailure() {
        BotSignal signal = BotMessageParser.parse(
                message("", false, new Message.Embed("Job queued", "", "/imagine a fox", 0xFFA500)));

        assertThat(signal.kind()).isEqualTo(Kind.QUEUED);
    }
}
