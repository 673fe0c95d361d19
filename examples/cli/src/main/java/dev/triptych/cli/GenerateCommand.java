package dev.triptych.cli;

import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageInput;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.InputRole;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.MissingParameterException;
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

    /** Options that ask for another size than the input's. */
    private static final Set<String> OTHER_SIZE = Set.of("local.outpaint", "local.hires-scale");

    @Parameters(
            arity = "0..1",
            paramLabel = "PROMPT",
            description = "What to show. May be left out where --input gives a picture to vary.")
    private @Nullable String prompt;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Mixin
    private final GeneratorChoice choice = new GeneratorChoice();

    @Mixin
    private final RequestOptions request = new RequestOptions();

    @Mixin
    private final BestOf bestOf = new BestOf();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE|DIR",
            description =
                    "Where to write; a folder gets a name for each picture, - is standard output. Default: the working"
                            + " folder.")
    private String output = ".";

    @Option(
            names = "--preview",
            paramLabel = "FILE",
            description = "Where the unfinished picture is written, again and again, while one is made.")
    private @Nullable Path preview;

    @Mixin
    private final PrintOptions print = new PrintOptions();

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
        String words = prompt == null ? "" : prompt;
        ImageRequest wanted = bestOf.widened(choice.withAdapters(request.request(words)));
        if (prompt == null && wanted.inputs().isEmpty()) {
            throw new MissingParameterException(
                    spec.commandLine(), spec.positionalParameters().get(0), "Missing required parameter: 'PROMPT'");
        }
        OutputFiles files = OutputFiles.at(output, request.count());
        print.requireRoomFor(files);
        try (StopSignal stop = new StopSignal();
                ChosenGenerator chosen = choice.open();
                BestOf.Choice best = bestOf.open()) {
            Progress progress = print.progress();
            Optional<PreviewFile> shown = Optional.ofNullable(preview).map(PreviewFile::at);
            shown.ifPresent(progress::alsoTell);
            Painting painting = new Painting(chosen.generator(), progress, stop.cancellation());
            List<GenerationWarning> unheard = new ArrayList<>(unheardOptions(chosen.generator()));
            ImageRequest asked = shown.isEmpty()
                    ? wanted
                    : PreviewFile.wished(wanted, chosen.generator().capabilities(), unheard);
            boolean[] whole = {true};
            painting.paint(asked, !bestOf.isWanted(), made -> {
                ImageResult result = best.best(words, made);
                List<OutputFiles.Written> written = files.writeAll(result.images());
                PictureRecord.writeBeside(result, written);
                List<GenerationWarning> warnings = new ArrayList<>(unheard);
                warnings.addAll(files.misnamed(result.images(), written));
                warnings.addAll(resized(wanted, result));
                shown.flatMap(PreviewFile::trouble).ifPresent(warnings::add);
                whole[0] &= print.print(result.withMoreWarnings(warnings), files, written);
            });
            return whole[0] ? 0 : Main.FAILED;
        }
    }

    /** A picture that starts from another one and, unasked, has another size. */
    private static List<GenerationWarning> resized(ImageRequest wanted, ImageResult result) {
        boolean told =
                result.warnings().stream().anyMatch(warning -> warning.field().equals("size"));
        boolean asked =
                wanted.size().isPresent() || wanted.options().keySet().stream().anyMatch(OTHER_SIZE::contains);
        if (wanted.inputs(InputRole.START).isEmpty() || asked || told) {
            return List.of();
        }
        ImageInput input = wanted.inputs(InputRole.START).get(0);
        GeneratedImage image = result.image();
        // A photo may lie on its side and say so.
        boolean same = Math.max(input.header().width(), input.header().height())
                        == Math.max(image.width(), image.height())
                && Math.min(input.header().width(), input.header().height()) == Math.min(image.width(), image.height());
        return same
                ? List.of()
                : List.of(GenerationWarning.notice(
                        "size",
                        "the input is " + input.header().width() + "x"
                                + input.header().height() + " and the picture " + image.width()
                                + "x" + image.height() + ", the nearest size that was possible; --size asks for"
                                + " another"));
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
}
