package dev.triptych.cli;

import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.diffusion.Explanation;
import dev.triptych.diffusion.LocalDiffusionGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triptych explain}: one page that shows how a picture comes to be, from a real run. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = "Makes a picture and a page that shows how it came to be. Local engine with Stable Diffusion.",
        sortOptions = false)
final class ExplainCommand implements Callable<Integer> {

    @Parameters(paramLabel = "PROMPT", description = "What to show.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String prompt;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Mixin
    private final GeneratorChoice choice = new GeneratorChoice();

    @Mixin
    private final RequestOptions request = new RequestOptions();

    @Option(
            names = {"-o", "--output", "--out"},
            paramLabel = "FILE",
            description = "The page. Default: explain.html.")
    private Path output = Path.of("explain.html");

    @Option(names = "--quiet", description = "No progress and no warnings, only the file's name.")
    private boolean quiet;

    ExplainCommand() {}

    @Override
    public Integer call() {
        ImageRequest wanted = choice.withAdapters(request.request(prompt));
        Path folder = output.toAbsolutePath().getParent();
        if (folder == null || Files.isDirectory(output)) {
            throw new CommandFailure("output must be a file but was the folder " + output);
        }
        PrintWriter err = spec.commandLine().getErr();
        try (StopSignal stop = new StopSignal();
                ChosenGenerator chosen = choice.open()) {
            LocalDiffusionGenerator local = local(chosen.generator());
            Explanation told = Progress.on(err, quiet).explain(local, wanted, stop.cancellation());
            write(ExplanationPage.of(told), folder);
            spec.commandLine().getOut().println(output);
            if (!quiet) {
                told.result().warnings().forEach(warning -> err.println(line(warning)));
            }
            return 0;
        }
    }

    private static LocalDiffusionGenerator local(ImageGenerator generator) {
        try {
            return generator.unwrap(LocalDiffusionGenerator.class);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(
                    "explain must be asked of the local engine, whose inside can be looked at, but "
                            + generator.info().name() + " is of type "
                            + generator.info().provider(),
                    e);
        }
    }

    private static String line(GenerationWarning warning) {
        return (warning.kind() == GenerationWarning.Kind.NOTICE ? "note: " : "warning: ") + warning.message();
    }

    /** Written aside and moved: there is never half a page. */
    private void write(String page, Path folder) {
        try {
            Files.createDirectories(folder);
            Path aside = folder.resolve("." + output.getFileName() + ".part");
            try {
                Files.writeString(aside, page);
                Files.move(aside, output, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(aside);
            }
        } catch (IOException e) {
            throw new CommandFailure("output cannot be written: " + output + ": " + IoReason.of(e), e);
        }
    }
}
