package dev.triptych.cli;

import dev.triptych.compare.BradleyTerry;
import dev.triptych.compare.Vote;
import dev.triptych.compare.VoteFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triptych votes}: win rates from the blind votes of several people. */
@Command(
        name = "votes",
        mixinStandardHelpOptions = true,
        description =
                "Adds up votes that were exported from a comparison's report, and prints each generator's win rate.")
final class VotesCommand implements Callable<Integer> {

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Files that the report's \"Export votes\" made.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private List<Path> files;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    VotesCommand() {}

    @Override
    public Integer call() {
        List<Vote> votes = votes();
        Set<String> generators = new LinkedHashSet<>();
        for (Vote vote : votes) {
            generators.add(vote.left());
            generators.add(vote.right());
        }
        PrintWriter out = spec.commandLine().getOut();
        for (BradleyTerry.Rating rating : BradleyTerry.fit(generators, votes)) {
            out.printf(
                    Locale.ROOT,
                    "%5.1f %%  %s  won %.1f of %d%n",
                    100 * rating.winRate(),
                    rating.generator(),
                    rating.wins(),
                    rating.votes());
        }
        return 0;
    }

    private List<Vote> votes() {
        List<Vote> votes = new ArrayList<>();
        String comparison = "";
        for (Path file : files) {
            VoteFile read = read(file);
            if (!comparison.isEmpty() && !comparison.equals(read.comparison())) {
                throw new CommandFailure("votes must be on the same pictures but " + file + " is on others");
            }
            comparison = read.comparison();
            votes.addAll(read.votes());
        }
        return votes;
    }

    private static VoteFile read(Path file) {
        try {
            return VoteFile.read(file);
        } catch (IOException e) {
            throw new CommandFailure("votes file cannot be read: " + file + ": " + IoReason.of(e), e);
        }
    }
}
