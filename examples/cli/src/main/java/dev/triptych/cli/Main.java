package dev.triptych.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Entry point of {@code triptych}. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C. */
@Command(
        name = "triptych",
        description = "Pictures from text: a hosted API, a local engine or a Discord relay.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            GenerateCommand.class,
            ExplainCommand.class,
            UpscaleCommand.class,
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
            InspectCommand.class,
            SchemaCommand.class,
            CompletionCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Main implements Runnable {

    static final int FAILED = 1;
    static final int WRONG_USAGE = 2;
    static final int STOPPED = 130;

    /** What a decoder puts in the place of bytes that it cannot read. */
    private static final char REPLACEMENT = '\uFFFD';

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run
    private CommandSpec spec;

    private Main() {}

    /** Runs one command and exits with its code. */
    public static void main(String... arguments) {
        OneLineLog.install();
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
        ErrorPrinter errors = new ErrorPrinter(out, err, List.of(arguments).contains("--json"));
        Optional<String> garbled = garbled(arguments);
        if (garbled.isPresent()) {
            return errors.failed(new IllegalArgumentException(garbled.get()));
        }
        int code = commandLine()
                .setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler((error, command, parsed) -> errors.failed(error))
                .setParameterExceptionHandler(errors::misused)
                .execute(arguments);
        if (out.checkError()) {
            err.println("triptych: standard output must be writable but is not");
            return code == 0 ? FAILED : code;
        }
        return code;
    }

    /** The commands and their options. */
    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .registerConverter(Path.class, new FileConverter())
                // A prompt may begin with @; none of our arguments is a file of arguments.
                .setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** What the shell passed in another encoding arrives as U+FFFD, and would be painted so. */
    private static Optional<String> garbled(String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].indexOf(REPLACEMENT) >= 0) {
                String encoding = System.getProperty("sun.jnu.encoding", "an unknown one");
                return Optional.of("argument " + (i + 1) + " must be text in this system's encoding (" + encoding
                        + ") but holds bytes that are none in it"
                        + (encoding.equalsIgnoreCase("UTF-8") ? "" : "; set LC_ALL=C.UTF-8"));
            }
        }
        return Optional.empty();
    }

    /** Without a command: what there is. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
