package dev.triptych.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triptych completion}: what a shell needs to complete commands and options. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = {
            "Prints a script with which a shell completes commands and options:",
            "bash, zsh: source <(triptych completion bash)",
            "fish: triptych completion fish | source"
        })
final class CompletionCommand implements Runnable {

    /** A shell that can be taught. */
    enum Shell {
        BASH,
        ZSH,
        FISH
    }

    @Parameters(paramLabel = "bash|zsh|fish", description = "The shell.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before run
    private Shell shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run
    private CommandSpec spec;

    CompletionCommand() {}

    @Override
    public void run() {
        CommandLine whole = Main.commandLine();
        PrintWriter out = spec.commandLine().getOut();
        // picocli's script for bash loads bashcompinit where it finds itself in zsh.
        out.print(shell == Shell.FISH ? fish(whole) : AutoComplete.bash(whole.getCommandName(), whole));
        out.flush();
    }

    private static String fish(CommandLine whole) {
        List<String> lines = new ArrayList<>();
        String name = whole.getCommandName();
        lines.add("complete -c " + name + " -e");
        addTo(lines, name, whole, List.of());
        return String.join("\n", lines) + "\n";
    }

    private static void addTo(List<String> lines, String name, CommandLine command, List<String> path) {
        List<String> below = new ArrayList<>(command.getSubcommands().keySet());
        String start = "complete -c " + name + " -n " + quoted(condition(path, below)) + " ";
        command.getSubcommands()
                .forEach((word, sub) ->
                        lines.add(start + "-f -a " + word + " -d " + quoted(summary(sub.getCommandSpec()))));
        for (OptionSpec option : command.getCommandSpec().options()) {
            if (!option.hidden()) {
                lines.add(start + names(option) + values(option) + "-d " + quoted(first(option.description())));
            }
        }
        command.getSubcommands().forEach((word, sub) -> {
            List<String> deeper = new ArrayList<>(path);
            deeper.add(word);
            addTo(lines, name, sub, deeper);
        });
    }

    /** Whether the words so far are the commands of {@code path}, and none of {@code below} yet. */
    private static String condition(List<String> path, List<String> below) {
        List<String> parts = new ArrayList<>();
        path.forEach(word -> parts.add("__fish_seen_subcommand_from " + word));
        if (!below.isEmpty()) {
            parts.add("not __fish_seen_subcommand_from " + String.join(" ", below));
        }
        return parts.isEmpty() ? "true" : String.join("; and ", parts);
    }

    private static String names(OptionSpec option) {
        StringBuilder names = new StringBuilder();
        for (String name : option.names()) {
            names.append(name.startsWith("--") ? "-l " + name.substring(2) : "-s " + name.substring(1))
                    .append(' ');
        }
        return names.toString();
    }

    private static String values(OptionSpec option) {
        if (option.arity().max() == 0) {
            return "-f ";
        }
        boolean file = option.paramLabel().toUpperCase(Locale.ROOT).matches(".*(FILE|DIR).*");
        return file ? "-r -F " : "-x ";
    }

    private static String summary(CommandSpec command) {
        return first(command.usageMessage().description());
    }

    private static String first(String... lines) {
        return lines.length == 0 ? "" : lines[0];
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
