package dev.triptych.cli;

import dev.triptych.ImageResult;
import java.io.PrintWriter;
import java.util.List;
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

    /** What shows the progress. */
    Progress progress() {
        return Progress.on(spec.commandLine().getErr(), quiet || json);
    }

    /** Whether a program reads what is printed. */
    boolean isJson() {
        return json;
    }

    /** Whether a person reads what is printed, and wants all of it. */
    boolean isForPerson() {
        return !json && !quiet;
    }

    /**
     * Checks that nothing else is to be printed where {@code files} puts a picture.
     *
     * @throws IllegalArgumentException if something is
     */
    void requireRoomFor(OutputFiles files) {
        if (json && files.isStandardOutput()) {
            throw new IllegalArgumentException("--json and a picture cannot both go to standard output");
        }
    }

    /** Says what came out, and, in any form, what did not; whether all pictures are where they were wanted. */
    boolean print(ImageResult result, OutputFiles files, List<OutputFiles.Written> written) {
        PrintWriter err = spec.commandLine().getErr();
        ResultPrinter printer = new ResultPrinter(
                files.isStandardOutput() ? err : spec.commandLine().getOut(), err);
        if (json) {
            printer.printJson(result, written);
        } else if (quiet) {
            printer.printQuietly(files.isStandardOutput() ? List.of() : written);
        } else {
            printer.printForPerson(result, written);
        }
        return printer.printFailures(result, written, json);
    }
}
