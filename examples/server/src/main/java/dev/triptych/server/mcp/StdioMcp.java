package dev.triptych.server.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** MCP over standard input and output: a message a line, and nothing else on the output. */
public final class StdioMcp {

    private static final String ONE_CLIENT = "stdio";
    private static final long PATIENCE_SECONDS = 150;

    private final McpProtocol protocol;
    private final OutputStream out;

    /** The protocol with answers to {@code out}. */
    public StdioMcp(McpProtocol protocol, OutputStream out) {
        this.protocol = protocol;
        this.out = out;
    }

    /**
     * Serves the messages of {@code in} until it ends, each on a thread of its own.
     *
     * @throws IOException if it cannot be read
     */
    public void serve(InputStream in) throws IOException {
        ExecutorService threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "triptych-mcp");
            thread.setDaemon(true);
            return thread;
        });
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String message = line;
            if (!message.isBlank()) {
                JsonNode read = read(message);
                if (read != null) {
                    // Notifications in order, before the requests behind them; requests side by side.
                    if (McpProtocol.isRequest(read)) {
                        threads.execute(() -> answer(read));
                    } else {
                        answer(read);
                    }
                }
            }
        }
        threads.shutdown();
        try {
            if (!threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable JsonNode read(String message) {
        try {
            return Json.parse(message);
        } catch (HttpFailure e) {
            write(McpProtocol.error(null, new McpError(McpError.PARSE, "message must be JSON but could not be read")));
            return null;
        }
    }

    private void answer(JsonNode message) {
        protocol.serve(ONE_CLIENT, message, this::write).ifPresent(this::write);
    }

    private synchronized void write(ObjectNode message) {
        try {
            out.write(Json.bytes(message));
            out.write('\n');
            out.flush();
        } catch (IOException e) {
            System.getLogger(StdioMcp.class.getName()).log(System.Logger.Level.DEBUG, "the client reads no more", e);
        }
    }
}
