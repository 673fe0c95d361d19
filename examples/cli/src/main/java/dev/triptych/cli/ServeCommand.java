package dev.triptych.cli;

import dev.triptych.config.GeneratorRegistry;
import dev.triptych.server.ServerSettings;
import dev.triptych.server.StudioServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code triptych serve}: the studio in a browser, and the APIs that other programs speak. Runs until it is stopped.
 */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = "Opens the studio in a browser, and serves the APIs of OpenAI, AUTOMATIC1111 and MCP.",
        sortOptions = false)
final class ServeCommand implements Callable<Integer> {

    @Option(names = "--port", paramLabel = "N", description = "Default: " + ServerSettings.DEFAULT_PORT + "; 0 = any.")
    private int port = ServerSettings.DEFAULT_PORT;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "The address to listen on. Default: 127.0.0.1, this machine alone.")
    private String host = "127.0.0.1";

    @Option(
            names = "--token",
            paramLabel = "SECRET",
            description =
                    "What clients must send; at least 16 characters. Compulsory for any address but this machine's."
                            + " Default: the variable TRIPTYCH_TOKEN.")
    private @Nullable String token;

    @Option(
            names = "--host-name",
            paramLabel = "NAME",
            description = "Another name that leads here, such as a proxy's. May be given several times.")
    private List<String> hostNames = new ArrayList<>();

    @Option(names = "--state", paramLabel = "DIR", description = "Where jobs and pictures are kept.")
    private @Nullable Path state;

    @Option(names = "--metrics", description = "Tells numbers to Prometheus at /metrics.")
    private boolean metrics;

    @Option(
            names = "--no-openai-aliases",
            description = "Refuses the names of OpenAI's models where no generator has them.")
    private boolean noAliases;

    @Option(names = "--no-browser", description = "Opens no browser.")
    private boolean noBrowser;

    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    ServeCommand() {}

    @Override
    public Integer call() throws InterruptedException {
        OneLineLog.tellWhatHappens();
        ServerSettings settings =
                new ServerSettings(host, port, token(), hostNames, stateFolder(), metrics, !noAliases);
        CountDownLatch stopping = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Thread hook = new Thread(
                () -> {
                    stopping.countDown();
                    try {
                        stopped.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "triptych-stop");
        try (GeneratorRegistry registry = GeneratorRegistry.load(config.load());
                StudioServer server = start(settings, registry)) {
            Runtime.getRuntime().addShutdownHook(hook);
            spec.commandLine().getOut().println("Triptych studio: " + server.address() + "  (Ctrl-C stops it)");
            spec.commandLine().getOut().flush();
            openBrowser(server.address());
            stopping.await();
            spec.commandLine().getErr().println("triptych: finishing what runs; what waits goes on at the next start");
        } finally {
            stopped.countDown();
        }
        return 0;
    }

    private static StudioServer start(ServerSettings settings, GeneratorRegistry registry) {
        try {
            return StudioServer.start(settings, registry);
        } catch (IOException e) {
            throw new CommandFailure("the state folder must be readable and writable but is not: "
                    + settings.stateFolder() + " (" + e.getMessage() + ")");
        } catch (IllegalStateException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }

    private Optional<String> token() {
        return Optional.ofNullable(token).or(() -> Optional.ofNullable(System.getenv("TRIPTYCH_TOKEN")));
    }

    private Path stateFolder() {
        return state == null ? ConfigOption.stateFolder(System.getenv()).resolve("server") : state;
    }

    /**
     * Where somebody sits at a terminal (the launcher says so) with a desktop; a failure to open one is nothing to
     * speak of.
     */
    private void openBrowser(URI address) {
        if (noBrowser || !Boolean.getBoolean("triptych.terminal")) {
            return;
        }
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        List<String> command;
        if (system.contains("mac")) {
            command = List.of("open", address.toString());
        } else if (system.contains("win")) {
            command = List.of("rundll32", "url.dll,FileProtocolHandler", address.toString());
        } else if (System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null) {
            command = List.of("xdg-open", address.toString());
        } else {
            return;
        }
        try {
            new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException noBrowserHere) {
            // The address is printed.
        }
    }
}
