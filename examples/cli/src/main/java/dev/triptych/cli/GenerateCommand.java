package dev.triptych.cli;

import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triptych generate}: makes pictures and writes them to files. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        description = "Makes a picture from a prompt.",
        sortOptions = false)
final class GenerateCommand implements Callable<Integer> {

    @Parameters(paramLabel = "PROMPT", description = "What to show.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String prompt;

    @Mixin
    private final GeneratorChoice choice = new GeneratorChoice();

    @Mixin
    private final RequestOptions request = new RequestOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE|DIR",
            description = "Where to write; a folder gets a name for each picture. Default: the working folder.")
    private String output = ".";

    @Option(names = "--json", description = "One JSON object a line and picture.")
    private boolean json;

    @Option(names = "--quiet", description = "No progress and no warnings, only the files' names.")
    private boolean quiet;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    GenerateCommand() {}

    /** What the launcher runs once after a build, so that the next starts find their classes ready. */
    static String[] warmUpArguments() {
        String folder = System.getProperty("java.io.tmpdir");
        Path file =
                Path.of(folder, "triptych-warm-up-" + ProcessHandle.current().pid() + ".png");
        file.toFile().deleteOnExit();
        return new String[] {"generate", "a red apple", "--steps", "1", "--json", "--output", file.toString()};
    }

    @Override
    public Integer call() {
        ImageRequest wanted = request.request(prompt);
        OutputFiles files = OutputFiles.at(output);
        try (StopSignal stop = new StopSignal();
                ChosenGenerator chosen = choice.open()) {
            ImageResult result = Progress.on(spec.commandLine().getErr(), quiet || json)
                    .generate(chosen.generator(), wanted, stop.cancellation());
            report(result.withMoreWarnings(unheardOptions(chosen.generator())), write(result, files));
            return result.failures().isEmpty() ? 0 : Main.FAILED;
        }
    }

    private static List<Path> write(ImageResult result, OutputFiles files) {
        List<Path> written = new ArrayList<>();
        List<GeneratedImage> images = result.images();
        for (int i = 0; i < images.size(); i++) {
            Path file = files.file(images.get(i), i, images.size());
            files.write(images.get(i), file);
            written.add(file);
        }
        return written;
    }

    /** An option of the local engine, asked of another one. */
    private List<GenerationWarning> unheardOptions(ImageGenerator generator) {
        String prefix = generator.capabilities().optionPrefix();
        return request.localOptions().keySet().stream()
                .filter(key -> !key.startsWith(prefix + "."))
                .map(key -> GenerationWarning.ignored(
                        "options." + key,
                        key + " has no effect with " + generator.info().name()))
                .toList();
    }

    private void report(ImageResult result, List<Path> files) {
        ResultPrinter printer = new ResultPrinter(
                spec.commandLine().getOut(), spec.commandLine().getErr());
        if (json) {
            printer.printJson(result, files);
        } else if (quiet) {
            printer.printQuietly(files);
        } else {
            printer.printForPerson(result, files);
        }
    }
}
