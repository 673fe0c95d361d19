package dev.triptych.cli;

import java.io.IOException;
import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The log of the command line: warnings alone unless more is asked for, each in one line, without a stack trace. */
final class OneLineLog extends Formatter {

    /** The system property that names the level, such as {@code INFO}. */
    private static final String LEVEL = "triptych.log";

    OneLineLog() {}

    /** Sends the log to the error stream. */
    static void install() {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        ConsoleHandler console = new ConsoleHandler();
        console.setFormatter(new OneLineLog());
        console.setLevel(Level.ALL);
        root.addHandler(console);
        root.setLevel(level(System.getProperty(LEVEL, "WARNING")));
    }

    /** For a command that runs until it is stopped: what it does belongs into the log, unless less was asked for. */
    static void tellWhatHappens() {
        if (System.getProperty(LEVEL) == null) {
            Logger.getLogger("").setLevel(Level.INFO);
        }
    }

    private static Level level(String name) {
        try {
            return Level.parse(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            return Level.WARNING;
        }
    }

    /** {@code warning: the message: the innermost reason}. */
    @Override
    public String format(LogRecord event) {
        boolean warns = event.getLevel().intValue() >= Level.WARNING.intValue();
        return (warns ? "warning: " : "")
                + (formatMessage(event) + reason(event.getThrown())).replaceAll("\\s*\\R\\s*", " ")
                + System.lineSeparator();
    }

    private static String reason(@Nullable Throwable thrown) {
        if (thrown == null) {
            return "";
        }
        Throwable innermost = thrown;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        return ": "
                + (innermost instanceof IOException e
                        ? IoReason.of(e)
                        : innermost.getMessage() == null
                                ? innermost.getClass().getSimpleName()
                                : innermost.getMessage());
    }
}
