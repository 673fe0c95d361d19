package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.triptych.diffusion.ModelHub;
import dev.triptych.internal.Sha256;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands of {@code triptych models} against a hub on the loopback that has one file. */
class ModelsCommandsTest {

    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final byte[] FILE = new byte[11_000_000];

    @TempDir
    Path temp;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/api/models/owner/name/revision/v1", exchange -> json(exchange, "{\"sha\": \"" + COMMIT + "\"}"));
        server.createContext(
                "/api/models/owner/name/tree/" + COMMIT,
                exchange -> json(
                        exchange,
                        "[{\"type\": \"file\", \"path\": \"a.gguf\", \"size\": 130, \"oid\": \"" + "0".repeat(40)
                                + "\", \"lfs\": {\"oid\": \"" + Sha256.hex(FILE) + "\", \"size\": " + FILE.length
                                + "}}]"));
        server.createContext("/owner/name/resolve/" + COMMIT + "/a.gguf", exchange -> {
            exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
            exchange.getResponseHeaders().set("ETag", "\"" + Sha256.hex(FILE) + "\"");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(200, head ? -1 : FILE.length);
            if (!head) {
                exchange.getResponseBody().write(FILE);
            }
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static void json(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private int run(Object command, String... arguments) {
        out.getBuffer().setLength(0);
        return new CommandLine(command)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    @Test
    void aModelIsPulledListedVerifiedAndRemoved() throws IOException {
        Supplier<ModelHub> hub = () -> ModelHub.of(Map.of(
                "HF_ENDPOINT", "http://127.0.0.1:" + server.getAddress().getPort(), "HF_HUB_CACHE", temp.toString()));
        Path file = temp.resolve("models--owner--name/snapshots/" + COMMIT + "/a.gguf");

        assertThat(run(new ModelsPullCommand(hub), "owner/name", "--revision", "v1"))
                .isZero();
        assertThat(out).hasToString(file + "\n");
        assertThat(err.toString()).endsWith("downloading a.gguf: 11 of 11 MB (100 %)\n");

        assertThat(run(new ModelsListCommand(hub))).isZero();
        assertThat(out).hasToString("owner/name  01234567 (v1)  1 file, 11 MB\n");

        assertThat(run(new ModelsVerifyCommand(hub), "owner/name")).isZero();
        assertThat(out).hasToString("owner/name: 1 file intact, 0 damaged\n");

        Files.write(file.toRealPath(), new byte[] {1});
        assertThat(run(new ModelsVerifyCommand(hub), "owner/name")).isEqualTo(Main.FAILED);
        assertThat(out)
                .hasToString("damaged: a.gguf\nowner/name: 0 files intact, 1 damaged; remove the model and pull it"
                        + " again\n");

        assertThat(run(new ModelsRemoveCommand(hub), "owner/name")).isZero();
        assertThat(run(new ModelsListCommand(hub))).isZero();
        assertThat(out).hasToString("no models in " + temp + "\n");
    }
}
