package dev.triptych.openai;

import dev.triptych.GenerationEvent;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Steps as the bar of Python's tqdm tells them in a log: {@code 36%|███▌ | 10/28 [00:01<00:02, 8.8it/s]}. */
final class ProgressWords {

    private static final Pattern BAR = Pattern.compile("\\|\\s*(\\d{1,6})/(\\d{1,6})\\s*\\[");

    private ProgressWords() {}

    /** The last bar in {@code log}; empty where there is none. */
    static Optional<GenerationEvent> in(String log) {
        Matcher bar = BAR.matcher(log);
        Optional<GenerationEvent> last = Optional.empty();
        while (bar.find()) {
            int step = Integer.parseInt(bar.group(1));
            int total = Integer.parseInt(bar.group(2));
            if (step >= 1 && step <= total) {
                last = Optional.of(new GenerationEvent.Progress(step, total));
            }
        }
        return last;
    }
}
