package dev.triptych.openai;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/**
 * Makes sockets that ask the other side, at the level of TCP, whether it is still there: a picture may take minutes
 * without a byte on the line, and routers forget a silent connection after one to five.
 */
final class KeepAliveSockets extends SocketFactory {

    /** Seconds of silence before the first question, and between two. */
    private static final int IDLE_SECONDS = 45;

    private static final int INTERVAL_SECONDS = 15;

    private final SocketFactory sockets;

    KeepAliveSockets(SocketFactory sockets) {
        this.sockets = sockets;
    }

    private static Socket keptAlive(Socket socket) throws IOException {
        socket.setKeepAlive(true);
        if (socket.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
            socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, IDLE_SECONDS);
            socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, INTERVAL_SECONDS);
        }
        return socket;
    }

    @Override
    public Socket createSocket() throws IOException {
        return keptAlive(sockets.createSocket());
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return keptAlive(sockets.createSocket(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return keptAlive(sockets.createSocket(host, port, localHost, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return keptAlive(sockets.createSocket(host, port));
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return keptAlive(sockets.createSocket(address, port, localAddress, localPort));
    }
}
