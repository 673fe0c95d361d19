package dev.triptych.cli;

import dev.triptych.ImageResult;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that say how much is printed, and in which form. */
final class PrintOptions {

    @Option(names = "--json", description = "One JSON object a line and picture.")
    private boolean json;

    @Option(names = "--quiet", description = "No progress and no warnings, only the files' names.")
    private boolean quiet;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    PrintOptions() {}

    /** Silences the log where quiet was asked for, and returns what shows the progress. */
    Progress progress() {
        if (quiet) {
            Logger.getLogger("").setLevel(Level.WARNING);
        }
        return Progress.on(spec.commandLine().getErr(), quiet || json);
    }

    /** Whether a person reads what is printed, and wants all of it. */
    boolean isForPerson() {
        return !json && !quiet;
    }

    /** Says what came out, and, in any form, what did not. */
    void print(ImageResult result, List<Path> files) {
        ResultPrinter printer = new ResultPrinter(
                spec.commandLine().getOut(), spec.commandLine().getErr());
        if (json) {
            printer.printJson(result, files);
        } else if (quiet) {
            printer.printQuietly(files);
        } else {
            printer.printForPerson(result, files);
        }
        printer.printFailures(result);
    }
}
