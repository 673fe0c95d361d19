package dev.triptych.cli;

import dev.triptych.diffusion.ModelHub;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code triptych models remove}: takes a model out of the Hugging Face cache. */
@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        description = "Removes a model, or one revision of it, from the Hugging Face cache.")
final class ModelsRemoveCommand implements Callable<Integer> {

    @Mixin
    private final CachedModelOptions model = new CachedModelOptions();

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
        long bytes = hub.get().remove(model.name(), model.revision());
        spec.commandLine().getOut().println("removed " + model.name() + ", " + ModelsListCommand.size(bytes));
        return 0;
    }
}
