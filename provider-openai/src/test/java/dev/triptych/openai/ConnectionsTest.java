package dev.triptych.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.triptych.ImageGenerationException;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.SocketFactory;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a connection's end says of the call on it. */
@Timeout(30)
class ConnectionsTest extends AgainstWireMock {

    /** Serves each connection by {@code talk} and then closes it. */
    private static final class TinyServer implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        private final AtomicInteger connections = new AtomicInteger();

        private interface Talk {
            void with(InputStream in, OutputStream out) throws IOException;
        }

        TinyServer(Talk talk) throws IOException {
            Thread thread = new Thread(() -> serve(talk));
            thread.setDaemon(true);
            thread.start();
        }

        private void serve(Talk talk) {
            while (!socket.isClosed()) {
                try (Socket connection = socket.accept()) {
                    connections.incrementAndGet();
                    talk.with(connection.getInputStream(), connection.getOutputStream());
                } catch (IOException e) {
                    // The client has gone or the test is over.
                }
            }
        }

        String url() {
            return "http://127.0.0.1:" + socket.getLocalPort() + "/v1";
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static void readRequest(InputStream in) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(PROMPT) < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("no request");
            }
            read.append((char) b);
        }
        in.skipNBytes(in.available());
    }

    /** Promises to keep the connection, as Node and uvicorn do, and closes it while nobody looks. */
    @Test
    void servesASecondCallThoughTheServerHasClosedTheFirstOnesConnection() throws Exception {
        String body = Fixtures.text("openai/generation.json");
        byte[] answer = ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: keep-alive\r\n"
                        + "Keep-Alive: timeout=5\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.UTF_8);
        try (TinyServer server = new TinyServer((in, out) -> {
            readRequest(in);
            out.write(answer);
        })) {
            OpenAiImageGenerator generator = openai().baseUrl(server.url())
                    .httpClient(new OkHttpClient())
                    .build();

            for (int i = 0; i < 5; i++) {
                assertThat(generator.generate(PROMPT).images()).hasSize(1);
            }
            assertThat(server.connections).hasValue(5);
        }
    }

    @Test
    void wasNotSentWhereAnHttp2ServerRefusesOurStream() throws Exception {
        ImageGenerationException error = overHttp2(stream -> frame(3, 0, stream, intBytes(7)));

        assertThat(error)
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("host must take the call but went away before it: 127.0.0.1");
        assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
        assertThat(error.isRetryable()).isTrue();
    }

    @Test
    void wasNotSentWhereAnHttp2ServerGoesAwayBeforeOurStream() throws Exception {
        ImageGenerationException error = overHttp2(stream -> frame(7, 0, 0, intBytes(0, 0)));

        assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
    }

    @Test
    void isNotKnownWhereAnHttp2ServerGoesAwayAfterOurStream() throws Exception {
        ImageGenerationException error = overHttp2(stream -> frame(7, 0, 0, intBytes(stream, 0)));

        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(error.isRetryable()).isFalse();
    }

    @Test
    void isNotKnownWhereAnHttp2ServerBreaksOurStreamOff() throws Exception {
        ImageGenerationException error = overHttp2(stream -> frame(3, 0, stream, intBytes(2)));

        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    private interface Reaction {
        byte[] to(int stream) throws IOException;
    }

    /** A server of HTTP/2 that reads one whole request, answers with one frame and hangs up. */
    private static ImageGenerationException overHttp2(Reaction reaction) throws IOException {
        try (TinyServer server = new TinyServer((in, out) -> {
            DataInputStream frames = new DataInputStream(in);
            frames.skipNBytes(24); // the preface
            out.write(frame(4, 0, 0, new byte[0]));
            int ended = 0;
            while (ended == 0) {
                int length = frames.readUnsignedByte() << 16 | frames.readUnsignedShort();
                int type = frames.readUnsignedByte();
                int flags = frames.readUnsignedByte();
                int stream = frames.readInt();
                frames.skipNBytes(length);
                ended = type == 0 && (flags & 1) != 0 ? stream : 0;
            }
            out.write(reaction.to(ended));
            out.flush();
        })) {
            OkHttpClient client = new OkHttpClient.Builder()
                    .protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE))
                    .build();
            return catchThrowableOfType(
                    ImageGenerationException.class,
                    () -> openai().baseUrl(server.url())
                            .httpClient(client)
                            .build()
                            .generate(PROMPT));
        }
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(ByteBuffer.allocate(9)
                .put((byte) 0)
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .array());
        frame.write(payload);
        return frame.toByteArray();
    }

    private static byte[] intBytes(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }

    @Test
    void asksASilentLineWhetherItIsStillThere() throws Exception {
        answer("openai/generation.json");
        List<Socket> made = new CopyOnWriteArrayList<>();
        List<Boolean> kept = new CopyOnWriteArrayList<>();
        OkHttpClient client = new OkHttpClient.Builder()
                .socketFactory(recording(made))
                .addNetworkInterceptor(chain -> {
                    kept.add(chain.connection().socket().getKeepAlive());
                    return chain.proceed(chain.request());
                })
                .build();

        openai().httpClient(client).build().generate(PROMPT);

        assertThat(made).hasSize(1);
        assertThat(kept).containsExactly(true);
    }

    private static SocketFactory recording(List<Socket> made) {
        return new SocketFactory() {
            @Override
            public Socket createSocket() {
                Socket socket = new Socket();
                made.add(socket);
                return socket;
            }

            @Override
            public Socket createSocket(String host, int port) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Socket createSocket(InetAddress host, int port) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
                throw new UnsupportedOperationException();
            }
        };
    }
}
