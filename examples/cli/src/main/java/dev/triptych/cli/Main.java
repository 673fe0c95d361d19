package dev.triptych.cli;

import dev.triptych.GenerationCancelledException;
import dev.triptych.ImageGenerationException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Entry point of {@code triptych}. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C. */
@Command(
        name = "triptych",
        description = "Pictures from text: a hosted API, a local engine or a Discord relay.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            GenerateCommand.class,
            ServeCommand.class,
            McpCommand.class,
            ReplayCommand.class,
            ModelsCommand.class,
            TokenizeCommand.class,
            CompareCommand.class,
            VotesCommand.class,
            CacheCommand.class,
            JournalCommand.class,
            DiscordCommand.class,
            SchemaCommand.class
        })
public final class Main implements Runnable {

    static final int FAILED = 1;
    static final int WRONG_USAGE = 2;
    static final int STOPPED = 130;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run
    private CommandSpec spec;

    private Main() {}

    /** Runs one command and exits with its code. */
    public static void main(String... arguments) {
        System.setProperty("java.util.logging.SimpleFormatter.format", "%5$s%6$s%n");
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        boolean warmUp = arguments.length == 1 && arguments[0].equals("--warm-up");
        try {
            System.exit(run(out, err, warmUp ? GenerateCommand.warmUpArguments() : arguments));
        } catch (OutOfMemoryError e) {
            err.println("triptych: this needs more memory than Java has here (-Xmx): " + e.getMessage());
            System.exit(FAILED);
        }
    }

    /** Runs one command, printing to the given writers, and returns its exit code. */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        int code = new CommandLine(new Main())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((error, command, parsed) -> failed(error, command))
                .setParameterExceptionHandler(Main::misused)
                .execute(arguments);
        if (out.checkError()) {
            err.println("triptych: standard output must be writable but is not");
            return code == 0 ? FAILED : code;
        }
        return code;
    }

    /** One line a failure; a stack trace only for what is our own defect. */
    private static int failed(Exception error, CommandLine command) {
        if (StopSignal.received()) {
            return STOPPED; // Whatever failed, it failed because the process ends.
        }
        if (error instanceof GenerationCancelledException) {
            command.getErr().println("triptych: stopped");
            return STOPPED;
        }
        if (error instanceof ImageGenerationException || error instanceof CommandFailure) {
            command.getErr().println("triptych: " + error.getMessage());
            return FAILED;
        }
        if (error instanceof IllegalArgumentException) {
            command.getErr().println("triptych: " + error.getMessage());
            return WRONG_USAGE;
        }
        command.getErr().println("triptych: this is a defect of Triptych, please report it");
        error.printStackTrace(command.getErr());
        return FAILED;
    }

    private static int misused(ParameterException error, String[] arguments) {
        CommandLine command = error.getCommandLine();
        command.getErr().println("triptych: " + error.getMessage());
        command.getErr().println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        return WRONG_USAGE;
    }

    /** Without a command: what there is. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
