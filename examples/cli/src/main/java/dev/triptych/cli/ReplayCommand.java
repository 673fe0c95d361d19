package dev.triptych.cli;

import dev.triptych.GeneratedImage;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.Provenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triptych replay}: makes the picture of a PNG again from what the PNG says of itself. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = "Makes the picture of a PNG again from its own metadata.",
        sortOptions = false)
final class ReplayCommand implements Callable<Integer> {

    @Parameters(paramLabel = "FILE", description = "A PNG that Triptych made.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private Path file;

    @Mixin
    private final GeneratorChoice choice = new GeneratorChoice();

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description = "The picture that image-to-image started from; may be given several times.")
    private List<Path> inputs = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE|DIR",
            description = "Where to write. Default: the working folder, under a new name.")
    private String output = ".";

    @Option(names = "--json", description = "One JSON object.")
    private boolean json;

    @Option(names = "--quiet", description = "No progress and no warnings, only the file's name.")
    private boolean quiet;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    ReplayCommand() {}

    @Override
    public Integer call() {
        byte[] original = read(file);
        Provenance provenance = provenance(original);
        ImageRequest request = provenance.request(this::input);
        OutputFiles files = OutputFiles.at(output);
        try (StopSignal stop = new StopSignal();
                ChosenGenerator chosen = choice.openFor(provenance)) {
            requireSameModel(provenance, chosen.generator().info());
            ImageResult result = Progress.on(spec.commandLine().getErr(), quiet || json)
                    .generate(chosen.generator(), request, stop.cancellation());
            GeneratedImage image = result.image();
            Path written = files.file(image, 0, 1);
            files.write(image, written);
            report(result, written, GeneratedImage.of(original).equals(image));
            return 0;
        }
    }

    private void report(ImageResult result, Path written, boolean identical) {
        ResultPrinter printer = new ResultPrinter(
                spec.commandLine().getOut(), spec.commandLine().getErr());
        if (json) {
            printer.printJson(result, List.of(written));
        } else if (quiet) {
            printer.printQuietly(List.of(written));
        } else {
            printer.printForPerson(result, List.of(written));
            spec.commandLine()
                    .getOut()
                    .println(identical ? "byte for byte the same picture" : "not the same bytes as the original");
        }
    }

    private Provenance provenance(byte[] png) {
        try {
            return Provenance.read(png)
                    .orElseThrow(
                            () -> new CommandFailure("file must be a PNG that Triptych made, but says nothing of how"
                                    + " it was made: " + file));
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("file must be a PNG that Triptych made: " + file + ": " + e.getMessage(), e);
        }
    }

    private @Nullable ImageInput input(String sha256) {
        return inputs.stream()
                .map(ImageInput::of)
                .filter(candidate -> candidate.sha256().equals(sha256))
                .findFirst()
                .orElse(null);
    }

    private static void requireSameModel(Provenance provenance, GeneratorInfo info) {
        if (!provenance.revision().equals(info.revision())) {
            throw new CommandFailure("model must be revision " + provenance.revision() + " of " + provenance.model()
                    + " but was revision " + info.revision() + " of " + info.model());
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new CommandFailure("file cannot be read: " + file, e);
        }
    }
}
