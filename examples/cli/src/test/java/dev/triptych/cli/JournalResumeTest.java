package dev.triptych.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.triptych.Cancellation;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.GeneratorInfo;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ledger.CallJournal;
import dev.triptych.ledger.JournalEntry;
import dev.triptych.ledger.JournalSettings;
import dev.triptych.openai.OpenAiImageGenerator;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that an earlier process left, as a person at a terminal gets their pictures. */
class JournalResumeTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    @SuppressWarnings("NullAway.Init") // set before each test
    private HttpServer server;

    private final Cancellation givingUp = new Cancellation();
    private volatile String status = "Pending";
    private final AtomicInteger submits = new AtomicInteger();

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/flux-2-pro", exchange -> {
            submits.incrementAndGet();
            answer(exchange, "application/json", "{\"id\": \"j1\"}".getBytes(StandardCharsets.UTF_8));
        });
        server.createContext("/v1/get_result", exchange -> {
            if (status.equals("Pending")) {
                givingUp.cancel();
            }
            String body = "{\"status\": \"" + status + "\", \"result\": {\"sample\": \"" + base() + "/made.png\"}}";
            answer(exchange, "application/json", body.getBytes(StandardCharsets.UTF_8));
        });
        server.createContext(
                "/made.png", exchange -> answer(exchange, "image/png", TestPictures.png(6, 5, Color.GREEN)));
        server.start();
        Files.writeString(folder.resolve("key.txt"), "sk-0123456789");
        Files.writeString(folder.resolve("triptych.yaml"), """
                generators:
                  whole: { type: faulty, billed: true }
                  studio: { type: bfl, base-url: "%s", model: flux-2-pro, api-key: "${file:key.txt}", jobs: "%s" }
                journal: { directory: "%s" }
                """.formatted(
                        base(), folder.resolve("jobs"), folder.resolve("journal")));
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, String type, byte[] body) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().add("Content-Type", type);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** A process that gave up: its job is open, and the journal does not know what became of its call. */
    private void leaveAJob() {
        JournalSettings journal = new JournalSettings(folder.resolve("journal"));
        CallJournal.open(journal)
                .started(new GeneratorInfo("studio", "bfl", "flux-2-pro", "", false), ImageRequest.of("a fox"), "r-1")
                .failed(new IllegalStateException("killed"));
        try (ImageGenerator generator = OpenAiImageGenerator.builder()
                .profile("bfl")
                .name("studio")
                .baseUrl(base())
                .model("flux-2-pro")
                .apiKey("sk-0123456789")
                .jobs(folder.resolve("jobs"))
                .build()) {
            assertThat(catchThrowable(() -> generator.generate(
                            ImageRequest.of("a fox"),
                            GenerationContext.builder()
                                    .requestId("r-1")
                                    .cancellation(givingUp)
                                    .build())))
                    .isInstanceOf(GenerationCancelledException.class);
        }
    }

    private int run(String... arguments) {
        return Main.run(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Stream.concat(
                                Stream.of(arguments),
                                Stream.of(
                                        "--config",
                                        folder.resolve("triptych.yaml").toString()))
                        .toArray(String[]::new));
    }

    @Test
    void fetchesThePicturesAndSettlesTheCall() throws IOException {
        leaveAJob();
        status = "Ready";

        int exit =
                run("journal", "resume", "--output", folder.resolve("pictures").toString());

        assertThat(err.toString()).isEmpty();
        assertThat(exit).isZero();
        assertThat(out.toString()).contains("6x5").endsWith("1 job fetched, 0 could not be" + System.lineSeparator());
        try (Stream<Path> pictures = Files.list(folder.resolve("pictures"))) {
            assertThat(pictures).hasSize(1);
        }
        assertThat(submits).hasValue(1);
        List<JournalEntry> entries =
                CallJournal.open(new JournalSettings(folder.resolve("journal"))).entries();
        assertThat(entries).hasSize(1);
        assertThat(entries.get(0).state()).isEqualTo(JournalEntry.State.COMPLETED);
        assertThat(entries.get(0).pictures()).isEqualTo(1);

        out.getBuffer().setLength(0);
        assertThat(run("journal", "resume")).isZero();
        assertThat(out.toString()).isEqualTo("0 jobs fetched, 0 could not be" + System.lineSeparator());
    }

    @Test
    void saysWhyAJobGivesNothing() {
        leaveAJob();
        status = "Content Moderated";

        assertThat(run("journal", "resume", "--output", folder.toString())).isEqualTo(Main.FAILED);
        assertThat(err.toString())
                .startsWith("job j1 of ")
                .contains("prompt and picture must pass bfl's content policy but were refused (Content Moderated)");
    }
}
