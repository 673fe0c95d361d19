package dev.triptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.triptych.server.jobs.JobStatus;
import dev.triptych.testkit.FaultyGenerator;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that do not read what they asked for, or do not send what they promised: they hold no thread, and everybody
 * else is served.
 */
class SlowClientsTest {

    /** Jetty serves requests with at most 250 threads. */
    private static final int MORE_THAN_THREADS = 300;

    private static final int SMALLEST_BUFFER = 1 << 10;

    /** Less than the half minute after which Jetty hangs up on who takes nothing, which would free its thread. */
    private static final int PATIENCE_MILLIS = 15_000;

    @TempDir
    private Path folder;

    private final FaultyGenerator offline = FaultyGenerator.named("offline");
    private final List<Socket> clients = new ArrayList<>();
    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.with(folder, offline);
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
        server.close();
    }

    @Test
    void whoReadsNoPictureHoldsNoThread() throws Exception {
        byte[] picture = noise();
        String id = server.upload(picture);

        askOften(MORE_THAN_THREADS, "GET /api/pictures/" + id + " HTTP/1.1");

        assertThat(server.bytes("/api/pictures/" + id).body()).isEqualTo(picture);
        assertThat(server.ended(server.submit("{\"prompt\": \"a fox\"}")).status())
                .isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void whoReadsNoEventsHoldsNoThread() throws Exception {
        askOften(50, "GET /api/events HTTP/1.1");
        // More than the buffers of system and server hold for one client.
        String prompt = "a fox ".repeat(1500);
        for (int i = 0; i < 40; i++) {
            String id = server.submit("{\"prompt\": \"" + prompt + "\", \"seed\": " + i + "}");
            assertThat(server.ended(id).status()).isEqualTo(JobStatus.COMPLETED);
        }

        assertThat(server.get("/health").statusCode()).isEqualTo(200);
        assertThat(threads("triptych-events")).isEqualTo(1);
    }

    private static long threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .count();
    }

    /** Each byte but the first comes after the server had time to answer, which it does when it has waited enough. */
    @Test
    void whoSendsABodyByteByByteIsRefused() throws Exception {
        Socket client = ask("POST /api/jobs HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 60000");
        client.setSoTimeout(50);
        InputStream in = client.getInputStream();
        int first = -1;
        for (int i = 0; i < 2000 && first < 0; i++) {
            client.getOutputStream().write(' ');
            try {
                first = in.read();
            } catch (SocketTimeoutException noAnswerYet) {
                // The next byte, then.
            }
        }

        assertThat((char) first + new String(in.readNBytes(11), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 400");
    }

    /** Asks from many sockets, and waits until the server has begun to answer each; the rest stays unread. */
    private void askOften(int often, String head) throws IOException {
        for (int i = 0; i < often; i++) {
            ask(head);
        }
        for (Socket client : clients) {
            assertThat(new String(client.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 200");
        }
    }

    private Socket ask(String head) throws IOException {
        Socket client = new Socket();
        client.setReceiveBufferSize(SMALLEST_BUFFER);
        client.setSoTimeout(PATIENCE_MILLIS);
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        clients.add(client);
        client.getOutputStream().write((head + "\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        return client;
    }

    /** A picture of some 2 MB, more than a system keeps for a client that does not read. */
    private static byte[] noise() throws IOException {
        BufferedImage picture = new BufferedImage(800, 800, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(1);
        for (int y = 0; y < picture.getHeight(); y++) {
            for (int x = 0; x < picture.getWidth(); x++) {
                picture.setRGB(x, y, random.nextInt());
            }
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", png);
        return png.toByteArray();
    }
}
