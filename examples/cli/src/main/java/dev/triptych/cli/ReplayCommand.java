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
import java.util.stream.Stream;
import picocli.CommandLine;
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
            description = "A picture that it was made from, such as the one that image-to-image started from; may be"
                    + " given several times. Pictures of --control and --ip-adapter count too.")
    private List<Path> inputs = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE|DIR",
            description = "Where to write. Default: the working folder, under a new name.")
    private String output = ".";

    @Mixin
    private final PrintOptions print = new PrintOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    ReplayCommand() {}

    @Override
    public Integer call() {
        byte[] original = read(file);
        Provenance provenance = provenance(original);
        ImageRequest request = provenance.request(this::input);
        OutputFiles files = OutputFiles.at(output, 1);
        print.requireRoomFor(files);
        try (StopSignal stop = new StopSignal();
                ChosenGenerator chosen = choice.openFor(provenance)) {
            requireSameModel(provenance, chosen.generator().info());
            ImageResult result = print.progress().replay(chosen.generator(), request, stop.cancellation());
            ImageResult first = result.withImages(List.of(result.image()));
            boolean written = print.print(first, files, files.writeAll(first.images()));
            if (print.isForPerson()) {
                compare(original, result.image(), files);
            }
            return written ? 0 : Main.FAILED;
        }
    }

    private void compare(byte[] original, GeneratedImage image, OutputFiles files) {
        CommandLine command = spec.commandLine();
        (files.isStandardOutput() ? command.getErr() : command.getOut()).println(comparison(original, image));
    }

    private static String comparison(byte[] original, GeneratedImage image) {
        if (GeneratedImage.of(original).equals(image)) {
            return "byte for byte the same picture";
        }
        String upscaled = UpscaleCommand.upscaledTo(original);
        return upscaled.isEmpty()
                ? "not the same bytes as the original"
                : "the picture as it was before it was upscaled to " + upscaled;
    }

    private Provenance provenance(byte[] png) {
        try {
            return PictureRecord.read(file)
                    .or(() -> Provenance.read(png))
                    .orElseThrow(
                            () -> new CommandFailure("file must be a PNG that Triptych made, but says nothing of how"
                                    + " it was made: " + file));
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("file must be a PNG that Triptych made: " + file + ": " + e.getMessage(), e);
        }
    }

    private ImageInput input(String sha256) {
        return Stream.concat(inputs.stream(), choice.pictures().stream())
                .map(ImageInput::of)
                .filter(candidate -> candidate.sha256().equals(sha256))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the picture with SHA-256 " + sha256
                        + ", which this one was made from, must be given with --input FILE, or with --control or --ip-adapter"
                        + " where it was, but was not"));
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
            throw new CommandFailure("file cannot be read: " + file + ": " + IoReason.of(e), e);
        }
    }
}
