package dev.triptych.cli;

import dev.triptych.GenerationContext;
import dev.triptych.diffusion.ModelHub;
import dev.triptych.diffusion.ModelHub.Verification;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code triptych models verify}: holds a model in the Hugging Face cache against its hashes. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description =
                "Reads every file of a model in the Hugging Face cache and compares its hash. Exit code 1 if one is"
                        + " damaged.")
final class ModelsVerifyCommand implements Callable<Integer> {

    @Mixin
    private final CachedModelOptions model = new CachedModelOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    private final Supplier<ModelHub> hub;

    ModelsVerifyCommand() {
        this(ModelHub::ofEnvironment);
    }

    /** The same with another hub, for tests. */
    ModelsVerifyCommand(Supplier<ModelHub> hub) {
        this.hub = hub;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (StopSignal stop = new StopSignal()) {
            GenerationContext context = GenerationContext.builder()
                    .cancellation(stop.cancellation())
                    .build();
            Verification found = hub.get().verify(model.name(), model.revision(), context);
            found.damaged().forEach(file -> out.println("damaged: " + file));
            found.unknown().forEach(file -> out.println("hash not known: " + file));
            out.println(
                    model.name() + ": " + CacheCommand.counted(found.intact().size(), "file") + " intact, "
                            + found.damaged().size() + " damaged"
                            + (found.damaged().isEmpty() ? "" : "; remove the model and pull it again"));
            return found.damaged().isEmpty() ? 0 : Main.FAILED;
        }
    }
}
