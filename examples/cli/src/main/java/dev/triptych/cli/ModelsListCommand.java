package dev.triptych.cli;

import dev.triptych.diffusion.ModelHub;
import dev.triptych.diffusion.ModelHub.CachedModel;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code triptych models list}: what the Hugging Face cache holds. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists the models in the Hugging Face cache: name, commit, branches, files, size.")
final class ModelsListCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    private final Supplier<ModelHub> hub;

    ModelsListCommand() {
        this(ModelHub::ofEnvironment);
    }

    /** The same with another hub, for tests. */
    ModelsListCommand(Supplier<ModelHub> hub) {
        this.hub = hub;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        ModelHub cache = hub.get();
        List<CachedModel> models = cache.list();
        if (models.isEmpty()) {
            out.println("no models in " + cache.cache());
            return 0;
        }
        for (CachedModel model : models) {
            out.println(model.name() + "  " + model.commit().substring(0, 8)
                    + (model.revisions().isEmpty() ? "" : " (" + String.join(", ", model.revisions()) + ")") + "  "
                    + CacheCommand.counted(model.files(), "file") + ", " + size(model.bytes()));
        }
        return 0;
    }

    /** {@code "5.14 GB"}, {@code "820 MB"}, {@code "2 kB"}. */
    static String size(long bytes) {
        if (bytes >= 1_000_000_000) {
            return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
        }
        return bytes >= 1_000_000 ? Math.round(bytes / 1e6) + " MB" : (bytes + 999) / 1000 + " kB";
    }
}
