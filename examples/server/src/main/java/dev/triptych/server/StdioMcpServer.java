package dev.triptych.server;

import dev.triptych.config.ChainConfig;
import dev.triptych.config.GeneratorRegistry;
import dev.triptych.ledger.CallJournal;
import dev.triptych.server.api.Money;
import dev.triptych.server.jobs.BilledCalls;
import dev.triptych.server.jobs.Generators;
import dev.triptych.server.jobs.Jobs;
import dev.triptych.server.jobs.LoggedJobStore;
import dev.triptych.server.mcp.McpProtocol;
import dev.triptych.server.mcp.McpSettings;
import dev.triptych.server.mcp.StdioMcp;
import dev.triptych.server.pictures.PictureStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** The MCP server of one client, over standard input and output. Its jobs live as long as the client; pictures stay. */
public final class StdioMcpServer {

    private StdioMcpServer() {}

    /**
     * Serves until {@code in} ends.
     *
     * @param registry the generators; it stays the caller's
     * @param state where pictures are kept
     * @param output where finished pictures are written for the client to open
     * @param roots folders whose pictures the client may name by path
     * @throws IOException if a folder cannot be written, or {@code in} not read
     */
    public static void serve(
            GeneratorRegistry registry, Path state, Path output, List<Path> roots, InputStream in, OutputStream out)
            throws IOException {
        BilledCalls calls = ChainConfig.read(registry.config())
                .journal()
                .map(where -> BilledCalls.of(CallJournal.open(where)))
                .orElse(BilledCalls.NOTHING_KNOWN);
        try (Money money = Money.of(registry.config())) {
            serve(Generators.of(registry), calls, money, state, output, roots, in, out);
        }
    }

    static void serve(
            Generators generators,
            BilledCalls calls,
            Money money,
            Path state,
            Path output,
            List<Path> roots,
            InputStream in,
            OutputStream out)
            throws IOException {
        try (Jobs jobs = Jobs.start(
                generators,
                LoggedJobStore.inMemory(),
                PictureStore.open(state),
                calls,
                Clock.systemUTC(),
                System::nanoTime)) {
            McpSettings settings = new McpSettings(roots, Optional.of(output), Optional.empty());
            new StdioMcp(new McpProtocol(jobs, money, settings, System::nanoTime), out).serve(in);
        }
    }
}
