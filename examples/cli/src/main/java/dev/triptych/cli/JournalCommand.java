package dev.triptych.cli;

import dev.triptych.config.ChainConfig;
import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.JournalEntry;
import dev.triptych.ledger.JournalSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code triptych journal}: every call that may have been billed, and what became of it. */
@Command(
        name = "journal",
        mixinStandardHelpOptions = true,
        description = "Lists every call that may have been billed, and what became of it.",
        subcommands = JournalResumeCommand.class)
final class JournalCommand implements Callable<Integer> {

    @Option(names = "--unknown", description = "Only calls of which nobody knows whether they were carried out.")
    private boolean unknownOnly;

    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    JournalCommand() {}

    @Override
    public Integer call() {
        JournalSettings settings = ChainConfig.read(config.load())
                .journal()
                .orElseThrow(
                        () -> new IllegalStateException("the command line sets a journal where none is configured"));
        List<JournalEntry> entries = entries(settings);
        PrintWriter out = spec.commandLine().getOut();
        entries.stream()
                .filter(entry -> !unknownOnly || entry.state() == JournalEntry.State.UNKNOWN)
                .forEach(entry -> out.println(line(entry)));
        long unknown = entries.stream()
                .filter(entry -> entry.state() == JournalEntry.State.UNKNOWN)
                .count();
        out.println(CacheCommand.counted(entries.size(), "call") + ", " + unknown + " of unknown outcome, in "
                + settings.directory());
        return 0;
    }

    static List<JournalEntry> entries(JournalSettings settings) {
        try {
            return CallJournal.open(settings).entries();
        } catch (IOException e) {
            throw new CommandFailure("journal cannot be read: " + settings.directory() + ": " + IoReason.of(e), e);
        }
    }

    private static String line(JournalEntry entry) {
        String cost = entry.cost()
                .map(sum -> "  " + sum.amount().toPlainString() + " " + sum.currency())
                .orElse("");
        String error = entry.error().isEmpty() ? "" : "  " + entry.error();
        String rewriter = entry.rewriter().isEmpty() ? "" : "  prompt by " + entry.rewriter();
        String support = entry.providerRequestId().isEmpty() ? "" : "  request " + entry.providerRequestId();
        return entry.startedAt().truncatedTo(ChronoUnit.SECONDS) + "  " + entry.state() + "  " + entry.generator()
                + "  " + entry.model() + "  " + entry.pictures() + " of " + entry.count() + cost + rewriter + error
                + support;
    }
}
