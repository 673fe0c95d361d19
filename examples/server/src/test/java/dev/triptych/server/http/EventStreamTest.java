package dev.triptych.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.Javalin;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventStreamTest {

    private static final int CLIENTS = 40;

    private final CountDownLatch closed = new CountDownLatch(CLIENTS);
    private final List<EventStream> streams = new CopyOnWriteArrayList<>();
    private final List<Exception> defects = new CopyOnWriteArrayList<>();
    private Javalin server;

    @BeforeEach
    void start() {
        server = Javalin.create(config -> {
            AnswerWriter.addTo(config.routes);
            config.startup.showJavalinBanner = false;
            config.http.asyncTimeout = 0;
            config.routes.get(
                    "/", context -> streams.add(EventStream.open(context, Duration.ofMillis(5), closed::countDown)));
            config.routes.exception(Exception.class, (error, context) -> defects.add(error));
        });
        server.start("127.0.0.1", 0);
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    @Test
    void closesForEachClientThatVanishesAndGoesOnForOthers() throws Exception {
        for (int i = 0; i < CLIENTS; i++) {
            Socket client = ask();
            if (i % 2 == 0) {
                client.setSoLinger(true, 0);
            }
            client.close();
        }

        assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(streams).allMatch(EventStream::isCut);
        // What was closed is not touched again.
        streams.forEach(stream -> stream.send("1", "job", "{}"));
        streams.forEach(EventStream::end);
        try (Socket client = ask()) {
            assertThat(linesUntil(client, ": still here")).contains(": hello");
        }
        assertThat(defects).isEmpty();
    }

    @Test
    void endsWhenWhatWasSentIsWritten() throws Exception {
        try (Socket client = ask()) {
            linesUntil(client, ": hello");
            streams.get(0).send("7", "job", "{\"a\":\n1}");
            streams.get(0).end();

            assertThat(linesUntil(client, "0")).containsSubsequence("id: 7", "event: job", "data: {\"a\":", "data: 1}");
        }
        assertThat(streams.get(0).isCut()).isFalse();
        assertThat(defects).isEmpty();
    }

    private Socket ask() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port());
        client.setSoTimeout(20_000);
        client.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return client;
    }

    private static List<String> linesUntil(Socket client, String last) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
        List<String> lines = new CopyOnWriteArrayList<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            lines.add(line);
            if (line.equals(last)) {
                break;
            }
        }
        return lines;
    }
}
