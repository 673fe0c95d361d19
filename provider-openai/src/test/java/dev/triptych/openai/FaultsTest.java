package dev.triptych.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.http.Fault;
import dev.triptych.GenerationCancelledException;
import dev.triptych.GenerationContext;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageRequest;
import dev.triptych.Outcome;
import dev.triptych.ProviderUnavailableException;
import dev.triptych.UnexpectedResponseException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Broken servers and broken lines: each ends in a clear error within the deadline, with what became of the call. */
@Timeout(30)
class FaultsTest extends AgainstWireMock {

    @Test
    void nothingWasSentWhereNobodyListens() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }

        ImageGenerationException error = failure(openai().baseUrl("http://127.0.0.1:" + port + "/v1"));

        assertThat(error)
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("host must accept a connection but did not: 127.0.0.1");
        assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
        assertThat(error.isRetryable()).isTrue();
    }

    @Test
    void nothingWasSentWhereTheNameIsUnknown() {
        OkHttpClient client = new OkHttpClient.Builder()
                .dns(host -> {
                    throw new UnknownHostException(host);
                })
                .build();

        ImageGenerationException error =
                failure(openai().baseUrl("https://api.example.com/v1").httpClient(client));

        assertThat(error)
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("host must resolve to an address but did not: api.example.com");
        assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
    }

    @Test
    void nothingWasSentWhereTheServerSpeaksNoTls() {
        ImageGenerationException error = failure(openai().baseUrl("https://127.0.0.1:" + server().port()));

        assertThat(error)
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("host must speak TLS with a certificate we trust but did not: 127.0.0.1");
        assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
    }

    @Test
    void nothingIsKnownWhereTheLineIsResetBeforeTheAnswer() {
        answer(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER));

        ImageGenerationException error = failure(openai());

        assertThat(error)
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("host must answer but the connection broke: 127.0.0.1");
        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(error.isRetryable()).isFalse();
        assertThat(server().getAllServeEvents()).hasSize(1);
    }

    @Test
    void nothingIsKnownWhereTheAnswerIsEmpty() {
        answer(aResponse().withFault(Fault.EMPTY_RESPONSE));

        ImageGenerationException error = failure(openai());

        assertThat(error).isInstanceOf(ProviderUnavailableException.class);
        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(server().getAllServeEvents()).hasSize(1);
    }

    @Test
    void nothingIsKnownWhereTheAnswerIsNoHttp() {
        answer(aResponse().withFault(Fault.RANDOM_DATA_THEN_CLOSE));

        ImageGenerationException error = failure(openai());

        assertThat(error).isInstanceOf(ProviderUnavailableException.class);
        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void thePictureWasMadeWhereTheBodyIsGarbage() {
        answer(aResponse().withFault(Fault.MALFORMED_RESPONSE_CHUNK));

        ImageGenerationException error = failure(openai());

        assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(error.isRetryable()).isFalse();
    }

    @Test
    void thePictureWasMadeWhereTheBodyEndsTooSoon() {
        String whole = Fixtures.text("openai/generation.json");
        answer(json(200, whole.substring(0, 120)));

        ImageGenerationException error = failure(openai());

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("answer must be a whole JSON object but broke off or is malformed");
        assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(error.requestId()).contains("req_17");
    }

    @Test
    void thePictureWasMadeWhereTheLineBreaksWithinTheBody() throws Exception {
        String whole = Fixtures.text("openai/generation.json");
        String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_9\r\nContent-Length: "
                + whole.length() + "\r\n\r\n";
        try (OneAnswer answer = new OneAnswer(head + whole.substring(0, 150))) {
            ImageGenerationException error = failure(openai().baseUrl(answer.url()));

            assertThat(error)
                    .isInstanceOf(ProviderUnavailableException.class)
                    .hasMessage("answer must come whole but the connection broke within it: 127.0.0.1");
            assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
            assertThat(error.requestId()).contains("req_9");
        }
    }

    @Test
    void refusesAPageInPlaceOfAnAnswer() {
        answer(aResponse()
                .withHeader("Content-Type", "text/html")
                .withBody("<html>Sign in to the hotel's network: " + PROMPT + "</html>"));

        ImageGenerationException error = failure(openai());

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("answer must be application/json but was text/html");
        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void refusesAnEmptyBody() {
        answer(json(200, ""));

        ImageGenerationException error = failure(openai());

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("answer must be a JSON object but was empty");
        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void refusesWhatSaysJsonAndIsNot() {
        answer(json(200, "zanzibar " + KEY));

        ImageGenerationException error = failure(openai());

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("answer must be a JSON object but was not JSON");
    }

    @Test
    void refusesAnAnswerWithoutPictures() {
        answer(json(200, "{\"created\":1}"));

        assertThat(failure(openai())).hasMessage("answer must hold at least one picture but held none");
    }

    @Test
    void refusesAPictureWithNeitherBytesNorLink() {
        answer(json(200, "{\"data\":[{\"b64_json\":null}]}"));

        ImageGenerationException error = failure(openai());

        assertThat(error).hasMessage("picture must have b64_json or url but had neither");
        assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void refusesWhatIsNoPicture() {
        answer(json(200, "{\"data\":[{\"b64_json\":\"aGVsbG8gd29ybGQ=\"}]}"));

        ImageGenerationException error = failure(openai());

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("picture must be of a known format but was not: picture must be PNG, JPEG, WebP, GIF,"
                        + " BMP or AVIF but its first bytes are of another format");
        assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void refusesMalformedBase64WithoutQuotingIt() {
        answer(json(200, "{\"data\":[{\"b64_json\":\"iVBORw0K*GgoAAAA\"}]}"));

        ImageGenerationException error = failure(openai());

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("picture must be base64 but was malformed");
        assertThat(String.valueOf(error.getCause())).doesNotContain("iVBORw0K");
    }

    @Test
    void followsNoRedirectSoThatTheKeyStaysHere() {
        answer(aResponse().withStatus(307).withHeader("Location", "https://evil.example/v1/images/generations?k=1"));

        ImageGenerationException error = failure(openai());

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("answer must come from base-url itself but was a redirect with status 307 to evil.example;"
                        + " a key is never sent on, so set base-url to where the server is");
        assertThat(error.outcome()).isEqualTo(Outcome.REJECTED);
        assertThat(server().getAllServeEvents()).hasSize(1);
    }

    @Test
    void refusesAPictureLargerThanTheLimit() {
        byte[] large = new byte[3000];
        answer(json(200, "{\"data\":[{\"b64_json\":\"" + Base64.getEncoder().encodeToString(large) + "\"}]}"));

        ImageGenerationException error = failure(openai().maxImageBytes(2000));

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("picture must be at most 2000 bytes (max-image-bytes) but is larger");
        assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void refusesAnAnswerThatSwellsWhenUnzipped() throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(zipped)) {
            gzip.write("{\"padding\":\"".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 64; i++) {
                gzip.write(" ".repeat(1024 * 1024).getBytes(StandardCharsets.UTF_8));
            }
        }
        answer(aResponse()
                .withHeader("Content-Type", "application/json")
                .withHeader("Content-Encoding", "gzip")
                .withBody(zipped.toByteArray()));

        ImageGenerationException error = failure(openai().maxImageBytes(1_000_000));

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("answer must be at most 2448576 bytes (by max-image-bytes) but is larger");
    }

    @Test
    void refusesAPictureThatWouldSwellWhenDecoded() {
        byte[] bomb = Fixtures.picture("openai/generation.json", 0);
        bomb[16] = 0;
        bomb[17] = 0;
        bomb[18] = (byte) 0xea;
        bomb[19] = 0x60;
        bomb[20] = 0;
        bomb[21] = 0;
        bomb[22] = (byte) 0xea;
        bomb[23] = 0x60;
        answer(json(200, "{\"data\":[{\"b64_json\":\"" + Base64.getEncoder().encodeToString(bomb) + "\"}]}"));

        ImageGenerationException error = failure(openai());

        assertThat(error)
                .isInstanceOf(UnexpectedResponseException.class)
                .hasMessage("picture must have at most 100000000 pixels but its header says 60000x60000");
        assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void endsAtTheDeadlineWhereTheServerIsSilent() {
        answer(json(200, Fixtures.text("openai/generation.json")).withFixedDelay(20_000));
        GenerationContext context =
                GenerationContext.builder().timeout(Duration.ofMillis(300)).build();

        ImageGenerationException error = catchThrowableOfType(
                ImageGenerationException.class, () -> openai().build().generate(ImageRequest.of(PROMPT), context));

        assertThat(error)
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessageMatching("answer must come within \\d+ ms but did not");
        assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void endsAtTheConfiguredTimeoutWhereTheServerDrips() {
        answer(json(200, Fixtures.text("openai/generation.json")).withChunkedDribbleDelay(100, 20_000));

        ImageGenerationException error = failure(openai().timeout(Duration.ofMillis(1500)));

        assertThat(error)
                .isInstanceOf(ProviderUnavailableException.class)
                .hasMessage("answer must come within 1500 ms but did not");
        assertThat(error.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @Test
    void endsAtTheDeadlineWhereANameIsNeverLookedUp() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        OkHttpClient client = new OkHttpClient.Builder()
                .dns(host -> {
                    try {
                        never.await(20, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    throw new UnknownHostException(host);
                })
                .build();

        ImageGenerationException error = failure(openai().baseUrl("https://api.example.com/v1")
                .httpClient(client)
                .timeout(Duration.ofMillis(200)));
        never.countDown();

        assertThat(error).hasMessage("answer must come within 200 ms but did not");
        assertThat(error.outcome()).isEqualTo(Outcome.NOT_SENT);
    }

    @Test
    void abortsTheSocketWhenCancelled() throws Exception {
        try (OneAnswer silent = new OneAnswer("")) {
            GenerationContext context = GenerationContext.create();
            Thread canceller = new Thread(() -> {
                silent.awaitRequest();
                context.cancellation().cancel();
            });
            canceller.start();

            ImageGenerationException error = catchThrowableOfType(
                    ImageGenerationException.class,
                    () -> openai().baseUrl(silent.url()).build().generate(ImageRequest.of(PROMPT), context));

            assertThat(error).isInstanceOf(GenerationCancelledException.class).hasMessage("generation was cancelled");
            assertThat(error.outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(silent.wasHungUp()).isTrue();
        }
    }

    private static ImageGenerationException failure(OpenAiImageGenerator.Builder builder) {
        return discreet(catchThrowableOfType(
                ImageGenerationException.class, () -> builder.build().generate(PROMPT)));
    }

    /**
     * A server that reads one request, says one thing and, where that is nothing, waits for the other side to hang up.
     */
    private static final class OneAnswer implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final CountDownLatch request = new CountDownLatch(1);
        private final CountDownLatch hungUp = new CountDownLatch(1);

        OneAnswer(String answer) throws IOException {
            Thread thread = new Thread(() -> serve(answer));
            thread.setDaemon(true);
            thread.start();
        }

        String url() {
            return "http://127.0.0.1:" + socket.getLocalPort() + "/v1";
        }

        private void serve(String answer) {
            try (Socket connection = socket.accept()) {
                InputStream in = connection.getInputStream();
                readUntil(in, PROMPT);
                request.countDown();
                if (answer.isEmpty()) {
                    awaitEnd(connection, in);
                } else {
                    connection.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                }
            } catch (IOException e) {
                hungUp.countDown();
            }
        }

        private static void readUntil(InputStream in, String text) throws IOException {
            StringBuilder read = new StringBuilder();
            while (read.indexOf(text) < 0) {
                read.append((char) in.read());
            }
        }

        private void awaitEnd(Socket connection, InputStream in) throws IOException {
            connection.setSoTimeout(20_000);
            try {
                int b = in.read();
                while (b >= 0) {
                    b = in.read();
                }
                hungUp.countDown();
            } catch (SocketTimeoutException e) {
                throw new AssertionError("nobody hung up", e);
            }
        }

        void awaitRequest() {
            try {
                request.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        boolean wasHungUp() throws InterruptedException {
            return hungUp.await(10, TimeUnit.SECONDS);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
