package dev.triptych.cli;

import dev.triptych.GenerationEvent;
import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * How far the download of each file is: a bar with speed and time left on a terminal, else a line for each tenth. Not
 * thread-safe.
 */
final class DownloadProgress {

    private static final long MEGABYTE = 1_000_000;

    /** Smaller files come and go too fast for a line. */
    private static final long WORTH_A_LINE = 10 * MEGABYTE;

    private final boolean terminal;
    private final PrintWriter err;
    private @Nullable ProgressBar bar;
    private String what = "";
    private long tenth;

    /** @param terminal whether a person looks at it as it moves */
    DownloadProgress(boolean terminal, PrintWriter err) {
        this.terminal = terminal;
        this.err = err;
    }

    /** Shows how far a file is. */
    void show(GenerationEvent.Downloading event) {
        if (!event.what().equals(what)) {
            takeAway();
            what = event.what();
            tenth = -1;
        }
        if (terminal) {
            showBar(event);
        } else if (event.totalBytes() >= WORTH_A_LINE) {
            showLine(event);
        }
    }

    private void showBar(GenerationEvent.Downloading event) {
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName(shortened(event.what()))
                    .setInitialMax(event.totalBytes())
                    .startsFrom(event.doneBytes(), java.time.Duration.ZERO)
                    .setUnit("MB", MEGABYTE)
                    .showSpeed()
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .clearDisplayOnFinish()
                    .build();
        }
        bar.stepTo(event.doneBytes());
    }

    private void showLine(GenerationEvent.Downloading event) {
        long reached = event.doneBytes() * 10 / event.totalBytes();
        if (reached != tenth) {
            tenth = reached;
            err.println(String.format(
                    Locale.ROOT,
                    "downloading %s: %d of %d MB (%d %%)",
                    event.what(),
                    event.doneBytes() / MEGABYTE,
                    event.totalBytes() / MEGABYTE,
                    event.doneBytes() * 100 / event.totalBytes()));
        }
    }

    /** The end of a long name says more than its beginning. */
    private static String shortened(String name) {
        return name.length() <= 40 ? name : "…" + name.substring(name.length() - 39);
    }

    /** Takes the bar away, so that something else can be printed. */
    void takeAway() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }
}
