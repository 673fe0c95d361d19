package dev.triptych.server;

import dev.triptych.server.security.AccessToken;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the server listens and what it remembers.
 *
 * @param host the address to listen on, {@code "127.0.0.1"} by default
 * @param port the port, 0 to 65535; 0 = any that is free
 * @param token what clients must show; compulsory for any address but loopback
 * @param hostNames other names that lead to the server, such as a proxy's
 * @param stateFolder where jobs and pictures are kept
 * @param metrics whether {@code /metrics} tells Prometheus
 * @param openAiAliases whether the names of OpenAI's image models lead to the default generator
 */
public record ServerSettings(
        String host,
        int port,
        Optional<String> token,
        List<String> hostNames,
        Path stateFolder,
        boolean metrics,
        boolean openAiAliases) {

    /** The usual port: AUTOMATIC1111's, since its clients look there. */
    public static final int DEFAULT_PORT = 7860;

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if the port is none, the token too short, or others can reach the address and
     *     there is no token
     */
    public ServerSettings {
        hostNames = List.copyOf(hostNames);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("--port must be between 0 and 65535 but was " + port);
        }
        token.ifPresent(AccessToken::check);
        if (token.isEmpty() && !isLoopback(host)) {
            throw new IllegalArgumentException("--token must be given where --host can be reached from other machines,"
                    + " but was not, and --host is " + host);
        }
    }

    /** On this machine alone, on the usual port. */
    public static ServerSettings standard(Path stateFolder) {
        return new ServerSettings("127.0.0.1", DEFAULT_PORT, Optional.empty(), List.of(), stateFolder, false, true);
    }

    /** These settings on another port. */
    public ServerSettings withPort(int value) {
        return new ServerSettings(host, value, token, hostNames, stateFolder, metrics, openAiAliases);
    }

    /** These settings with a token. */
    public ServerSettings withToken(String value) {
        return new ServerSettings(host, port, Optional.of(value), hostNames, stateFolder, metrics, openAiAliases);
    }

    /** These settings with meters for Prometheus. */
    public ServerSettings withMetrics() {
        return new ServerSettings(host, port, token, hostNames, stateFolder, true, openAiAliases);
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("--host must be an address of this machine but was " + host, e);
        }
    }

    /** Everything but the token. */
    @Override
    public String toString() {
        return "ServerSettings[" + host + ":" + port + (token.isPresent() ? ", with a token" : "") + "]";
    }
}
