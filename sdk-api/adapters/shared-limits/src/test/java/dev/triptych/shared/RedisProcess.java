package dev.triptych.shared;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A Redis server of a test's own, where one is installed; else the test says so and is skipped. */
final class RedisProcess implements AutoCloseable {

    private final Path program;
    private final int port;
    private Process process;

    private RedisProcess(Path program, int port) throws Exception {
        this.program = program;
        this.port = port;
        this.process = started();
    }

    static RedisProcess start() throws Exception {
        Path program = Pattern.compile(Pattern.quote(File.pathSeparator))
                .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                .map(folder -> Path.of(folder).resolve("redis-server"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        assumeTrue(program != null, "Redis is not installed: what several machines share there is not tested");
        return new RedisProcess(program, freePort());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process started() throws Exception {
        Process begun = new ProcessBuilder(
                        program.toString(),
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--appendonly",
                        "no")
                .redirectErrorStream(true)
                .start();
        // Its last line of the start; nothing is read after that, and it says next to nothing.
        var lines = begun.inputReader();
        String line = lines.readLine();
        while (line != null && !line.contains("Ready to accept connections")) {
            line = lines.readLine();
        }
        if (line == null) {
            throw new IOException("redis-server must start but ended with " + begun.waitFor());
        }
        return begun;
    }

    String address() {
        return "redis://127.0.0.1:" + port;
    }

    String place() {
        return "redis at 127.0.0.1:" + port;
    }

    /** Ends it at once; what it held is gone. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    void startAgain() throws Exception {
        process = started();
    }

    /** Lets it answer nobody, while its connections stay open. */
    void pause() throws Exception {
        signal("STOP");
    }

    void goOn() throws Exception {
        signal("CONT");
    }

    private void signal(String name) throws Exception {
        Process sent = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        if (!sent.waitFor(10, TimeUnit.SECONDS) || sent.exitValue() != 0) {
            throw new IOException("kill must send " + name + " but did not");
        }
    }

    /** What Redis says to one inline command, as text. */
    String ask(String command) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write((command + "\r\nQUIT\r\n").getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void close() {
        kill();
    }
}
