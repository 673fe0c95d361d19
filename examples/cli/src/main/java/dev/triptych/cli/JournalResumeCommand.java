package dev.triptych.cli;

import dev.triptych.GenerationContext;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageResult;
import dev.triptych.OpenJob;
import dev.triptych.ResumableJobs;
import dev.triptych.config.ChainConfig;
import dev.triptych.config.ConfigException;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.config.TriptychConfig;
import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.JournalEntry;
import dev.triptych.ledger.JournalSettings;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code triptych journal resume}: fetches the pictures of jobs that an earlier process left at their servers. */
@Command(
        name = "resume",
        mixinStandardHelpOptions = true,
        description =
                "Fetches the pictures of jobs that an earlier process submitted and did not live to fetch. Submits"
                        + " nothing.",
        sortOptions = false)
final class JournalResumeCommand implements Callable<Integer> {

    @Option(names = "--generator", paramLabel = "NAME", description = "Only the jobs of this generator. Default: all.")
    private @Nullable String only;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "The folder for the pictures. Default: the working folder.")
    private String output = "./";

    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    JournalResumeCommand() {}

    @Override
    public Integer call() {
        TriptychConfig read = config.load();
        JournalSettings journal = ChainConfig.read(read)
                .journal()
                .orElseThrow(
                        () -> new IllegalStateException("the command line sets a journal where none is configured"));
        OutputFiles files = OutputFiles.at(output.endsWith("/") ? output : output + "/", 1);
        int fetched = 0;
        int failed = 0;
        try (StopSignal stop = new StopSignal();
                GeneratorRegistry registry = GeneratorRegistry.load(read)) {
            for (String name : registry.names()) {
                Optional<ResumableJobs> jobs =
                        only == null || only.equals(name) ? jobsOf(registry, name) : Optional.empty();
                for (OpenJob job : jobs.map(ResumableJobs::openJobs).orElse(List.of())) {
                    if (resume(jobs.orElseThrow(), job, files, journal, stop)) {
                        fetched++;
                    } else {
                        failed++;
                    }
                }
            }
        }
        spec.commandLine()
                .getOut()
                .println(CacheCommand.counted(fetched, "job") + " fetched, " + failed + " could not be");
        return failed == 0 ? 0 : Main.FAILED;
    }

    /** The jobs of a generator that has such; one that cannot be made is told of and passed by. */
    private Optional<ResumableJobs> jobsOf(GeneratorRegistry registry, String name) {
        try {
            ImageGenerator generator = registry.generator(name);
            return Optional.of(generator.unwrap(ResumableJobs.class));
        } catch (ConfigException e) {
            spec.commandLine().getErr().println("note: " + name + " was passed by: " + e.getMessage());
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // its calls are no jobs
        }
    }

    private boolean resume(
            ResumableJobs jobs, OpenJob job, OutputFiles files, JournalSettings journal, StopSignal stop) {
        PrintWriter err = spec.commandLine().getErr();
        ImageResult result;
        try {
            result = jobs.resume(
                    job,
                    GenerationContext.builder()
                            .cancellation(stop.cancellation())
                            .requestId(job.requestId())
                            .build());
        } catch (ImageGenerationException e) {
            err.println("job " + job.id() + " of " + job.submittedAt() + ": " + e.getMessage());
            return false;
        }
        List<OutputFiles.Written> written = files.writeAll(result.images());
        PictureRecord.writeBeside(result, written);
        settle(job, result, journal);
        ResultPrinter printer = new ResultPrinter(spec.commandLine().getOut(), err);
        printer.printForPerson(result, written);
        return printer.printFailures(result, written, false);
    }

    /** The call that the job was submitted by, if it is one of those whose outcome nobody knew. */
    private static void settle(OpenJob job, ImageResult result, JournalSettings settings) {
        CallJournal journal = CallJournal.open(settings);
        JournalCommand.entries(settings).stream()
                .filter(entry -> entry.state() == JournalEntry.State.UNKNOWN
                        && entry.requestId().equals(job.requestId()))
                .findFirst()
                .ifPresent(entry -> journal.reopened(entry).succeeded(result));
    }
}
