package dev.triptych.storage;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A PostgreSQL server of a test's own, where one is installed; else the test says so and is skipped. */
public final class PostgresServer {

    private final Path bin;
    private final Path data;
    private final int port;

    private PostgresServer(Path bin, Path data, int port) {
        this.bin = bin;
        this.data = data;
        this.port = port;
    }

    /** Starts one with its files in {@code folder}. PostgreSQL refuses to run as root, so root runs it as postgres. */
    public static PostgresServer start(Path folder) throws Exception {
        Optional<Path> bin = binaries();
        assumeTrue(bin.isPresent(), "PostgreSQL is not installed: what several processes share there is not tested");
        Path data = Files.createDirectory(folder.resolve("postgres"));
        if (isRoot()) {
            assumeTrue(run(List.of("chown", "postgres", data.toString())) == 0, "there is no user postgres");
            for (Path each = folder; each != null && each.getNameCount() > 1; each = each.getParent()) {
                Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        PostgresServer server = new PostgresServer(bin.get(), data, freePort());
        server.must(
                "initdb",
                "-D",
                data.toString(),
                "-A",
                "trust",
                "-U",
                "triptych",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync");
        server.must(
                "pg_ctl",
                "-D",
                data.toString(),
                "-w",
                "-l",
                data.resolve("log").toString(),
                "-o",
                "-p " + server.port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off",
                "start");
        return server;
    }

    private static Optional<Path> binaries() throws IOException {
        Path debian = Path.of("/usr/lib/postgresql");
        if (!Files.isDirectory(debian)) {
            return Optional.empty();
        }
        try (Stream<Path> versions = Files.list(debian)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Path::compareTo);
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void must(String program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("runuser", "-u", "postgres", "--"));
        }
        command.add(bin.resolve(program).toString());
        command.addAll(List.of(arguments));
        int code = run(command);
        if (code != 0) {
            throw new IllegalStateException(program + " failed with " + code);
        }
    }

    private static int run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return process.waitFor();
    }

    /** How JDBC reaches it. */
    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }

    /** Takes these tables away, so that the next test begins with none. */
    public void forget(String... tables) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(), "triptych", "");
                Statement statement = connection.createStatement()) {
            for (String table : tables) {
                statement.execute("DROP TABLE IF EXISTS " + table);
            }
        }
    }

    /** Stops it at once and takes its files away. */
    public void close() throws Exception {
        must("pg_ctl", "-D", data.toString(), "-m", "immediate", "stop");
        // Its user's files, which a temporary folder of ours may not be able to delete otherwise.
        run(List.of("rm", "-rf", data.toString()));
    }
}
