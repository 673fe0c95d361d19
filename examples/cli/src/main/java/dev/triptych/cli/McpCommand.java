package dev.triptych.cli;

import dev.triptych.config.GeneratorRegistry;
import dev.triptych.server.StdioMcpServer;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code triptych mcp}: lets a model make pictures, over standard input and output. */
@Command(
        name = "mcp",
        mixinStandardHelpOptions = true,
        description = "Serves the Model Context Protocol over standard input and output, until the input ends.",
        sortOptions = false)
final class McpCommand implements Callable<Integer> {

    @Option(
            names = "--root",
            paramLabel = "DIR",
            description = "A folder whose pictures may be edited. May be given several times. Default: none.")
    private List<Path> roots = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Where finished pictures are written.")
    private @Nullable Path output;

    @Mixin
    private final ConfigOption config = new ConfigOption();

    McpCommand() {}

    @Override
    public Integer call() {
        for (Path root : roots) {
            if (!Files.isDirectory(root)) {
                throw new IllegalArgumentException("--root must be a folder but is not: " + root);
            }
        }
        // Nothing but the protocol may be on standard output, whatever a library prints.
        FileOutputStream out = new FileOutputStream(FileDescriptor.out);
        System.setOut(System.err);
        Path state = ConfigOption.stateFolder(System.getenv()).resolve("mcp");
        try (GeneratorRegistry registry = GeneratorRegistry.load(config.load())) {
            StdioMcpServer.serve(
                    registry, state, output == null ? state.resolve("output") : output, roots, System.in, out);
        } catch (IOException e) {
            throw new CommandFailure("the state folder must be readable and writable but is not: " + state, e);
        }
        return 0;
    }
}
