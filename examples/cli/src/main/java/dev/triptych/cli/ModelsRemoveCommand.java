package dev.triptych.cli;

import dev.triptych.diffusion.ModelHub;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code triptych models remove}: takes a model out of the Hugging Face cache. */
@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        description = "Removes a model, or one revision of it, from the Hugging Face cache.")
final class ModelsRemoveCommand implements Callable<Integer> {

    @Parameters(paramLabel = "OWNER/NAME", description = "The model, as models list prints it.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private String name;

    @Option(
            names = "--revision",
            paramLabel = "REVISION",
            description = "A branch, a tag, or the first digits of a commit. Default: all of them.")
    private @Nullable String revision;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    private final Supplier<ModelHub> hub;

    ModelsRemoveCommand() {
        this(ModelHub::ofEnvironment);
    }

    /** The same with another hub, for tests. */
    ModelsRemoveCommand(Supplier<ModelHub> hub) {
        this.hub = hub;
    }

    @Override
    public Integer call() {
        long bytes = hub.get().remove(name, Optional.ofNullable(revision));
        spec.commandLine().getOut().println("removed " + name + ", " + ModelsListCommand.size(bytes));
        return 0;
    }
}
