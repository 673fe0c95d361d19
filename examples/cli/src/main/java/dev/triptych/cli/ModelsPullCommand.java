package dev.triptych.cli;

import dev.triptych.GenerationContext;
import dev.triptych.GenerationEvent;
import dev.triptych.diffusion.ModelHub;
import dev.triptych.diffusion.ModelSource;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triptych models pull}: fetches a model, or what is newer of it. */
@Command(
        name = "pull",
        mixinStandardHelpOptions = true,
        description = "Downloads a model to the Hugging Face cache, which is shared with Python. What is there is not"
                + " fetched again; a download that was stopped goes on.")
final class ModelsPullCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "NAME",
            description = "OWNER/NAME, OWNER/NAME/FILE or an https address with #sha256=HEX behind it.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String name;

    @Option(names = "--revision", paramLabel = "REVISION", description = "A branch, a tag or a commit. Default: main.")
    private @Nullable String revision;

    @Option(
            names = "--variant",
            paramLabel = "VARIANT",
            description = "Which weights, such as fp16. Default: the plain ones.")
    private @Nullable String variant;

    @Option(
            names = {"-q", "--quiet"},
            description = "Prints where the model is and nothing else.")
    private boolean quiet;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    private final Supplier<ModelHub> hub;

    ModelsPullCommand() {
        this(ModelHub::ofEnvironment);
    }

    /** The same with another hub, for tests. */
    ModelsPullCommand(Supplier<ModelHub> hub) {
        this.hub = hub;
    }

    @Override
    public Integer call() {
        if (revision != null && name.contains("@")) {
            throw new IllegalArgumentException("--revision must stand alone but " + name + " names one too");
        }
        ModelSource source = ModelSource.parse(revision == null ? name : name + "@" + revision);
        Optional<String> wanted = Optional.ofNullable(variant);
        ModelSource chosen = wanted.map(source::withVariant).orElse(source);
        DownloadProgress progress = new DownloadProgress(
                Boolean.getBoolean("triptych.terminal"), spec.commandLine().getErr());
        try (StopSignal stop = new StopSignal()) {
            GenerationContext context = GenerationContext.builder()
                    .cancellation(stop.cancellation())
                    .listener(event -> {
                        if (!quiet && event instanceof GenerationEvent.Downloading file) {
                            progress.show(file);
                        }
                    })
                    .build();
            Path place = hub.get().pull(chosen, context);
            progress.takeAway();
            spec.commandLine().getOut().println(place);
            return 0;
        } finally {
            progress.takeAway();
        }
    }
}
