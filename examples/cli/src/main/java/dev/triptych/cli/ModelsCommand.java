package dev.triptych.cli;

import dev.triptych.config.GeneratorFactory;
import dev.triptych.diffusion.checkpoint.BundledCheckpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code triptych models}: what can paint on this machine without asking anybody. */
@Command(
        name = "models",
        mixinStandardHelpOptions = true,
        description = "Lists the generators of the configuration and the checkpoints at hand.")
final class ModelsCommand implements Callable<Integer> {

    @Mixin
    private final GeneratorChoice choice = new GeneratorChoice();

    @Option(names = "--hosted", description = "Lists the hosted models that are known instead: limits, price, end.")
    private boolean hosted;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    ModelsCommand() {}

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (hosted) {
            ServiceLoader.load(GeneratorFactory.class)
                    .forEach(factory -> factory.hostedModels().forEach(out::println));
            return 0;
        }
        out.println("Generators");
        choice.generatorTypes().forEach((name, type) -> out.println("  " + name + "  (" + type + ")"));
        out.println("Checkpoints (for --model)");
        out.println("  bundled  "
                + (BundledCheckpoint.manifest().isPresent() ? "part of Triptych" : "not on the class path"));
        for (Path checkpoint : huggingFaceCheckpoints(System.getenv())) {
            out.println("  " + checkpoint);
        }
        return 0;
    }

    /** Diffusers directories in the Hugging Face cache: {@code hub/models--OWNER--NAME/snapshots/REVISION}. */
    private static List<Path> huggingFaceCheckpoints(Map<String, String> environment) {
        Path home = Optional.ofNullable(environment.get("HF_HOME"))
                .map(Path::of)
                .orElse(Path.of(System.getProperty("user.home"), ".cache", "huggingface"));
        Path hub = Optional.ofNullable(environment.get("HF_HUB_CACHE"))
                .map(Path::of)
                .orElse(home.resolve("hub"));
        return folders(hub).stream()
                .flatMap(model -> folders(model.resolve("snapshots")).stream())
                .filter(snapshot -> Files.exists(snapshot.resolve("model_index.json")))
                .toList();
    }

    private static List<Path> folders(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(parent)) {
            return children.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new CommandFailure("folder cannot be listed: " + parent + ": " + IoReason.of(e), e);
        }
    }
}
