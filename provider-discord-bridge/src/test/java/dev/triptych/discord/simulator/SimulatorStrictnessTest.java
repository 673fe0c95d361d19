package dev.triptych.discord.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The simulator refuses what Discord refuses, so that a client that gets on with it may get on with Discord. */
@Timeout(30)
class SimulatorStrictnessTest {

    private static final String HEARTBEAT = "{\"op\":1,\"d\":null}";

    private final SimulatedDiscord discord = SimulatedDiscord.start();
    private final SimulatedUser bot = discord.addBot("bot", true);
    private final String channel = discord.addChannel("art");
    private final OkHttpClient http = new OkHttpClient();
    private final BlockingQueue<JsonNode> frames = new LinkedBlockingQueue<>();
    private final BlockingQueue<Integer> closes = new LinkedBlockingQueue<>();

    @AfterEach
    void stop() {
        discord.close();
        http.dispatcher().executorService().shutdown();
        http.connectionPool().evictAll();
    }

    // The gateway.

    private WebSocket connect(String query) {
        String url = discord.gatewayUrl().replaceFirst("^ws", "http") + query;
        return http.newWebSocket(new Request.Builder().url(url).build(), new WebSocketListener() {
            @Override
            public void onMessage(WebSocket socket, String text) {
                frames.add(Nodes.read(text));
            }

            @Override
            public void onClosing(WebSocket socket, int code, String reason) {
                socket.close(1000, null);
                closes.add(code);
            }

            @Override
            public void onFailure(WebSocket socket, Throwable failure, @Nullable Response response) {
                closes.add(response == null ? -1 : response.code());
            }
        });
    }

    private WebSocket connect() throws InterruptedException {
        WebSocket socket = connect("?v=10&encoding=json");
        assertThat(frame(10)).isNotNull();
        return socket;
    }

    private WebSocket identified() throws InterruptedException {
        WebSocket socket = connect();
        socket.send(identify());
        assertThat(frame(0)).isNotNull();
        return socket;
    }

    private String identify() {
        return "{\"op\":2,\"d\":{\"token\":\"" + bot.token() + "\",\"intents\":513,\"properties\":{}}}";
    }

    private JsonNode frame(int opcode) throws InterruptedException {
        while (true) {
            JsonNode frame = frames.poll(10, TimeUnit.SECONDS);
            assertThat(frame).isNotNull();
            if (frame.path("op").asInt() == opcode) {
                return frame;
            }
        }
    }

    private int close() throws InterruptedException {
        Integer code = closes.poll(10, TimeUnit.SECONDS);
        assertThat(code).isNotNull();
        return code;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?v=9&encoding=json", "?v=10&encoding=etf"})
    void refusesAnotherVersionOrEncoding(String query) throws Exception {
        connect(query);

        assertThat(close()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "4001 | {\"op\":5,\"d\":{}}",
                "4001 | {\"d\":{}}",
                "4002 | no json",
                "4003 | {\"op\":3,\"d\":{}}",
                "4004 | {\"op\":2,\"d\":{\"token\":\"wrong\",\"intents\":513}}",
            })
    void closesWhatIsWrongBeforeASession(int code, String payload) throws Exception {
        connect().send(payload);

        assertThat(close()).isEqualTo(code);
    }

    @Test
    void closesAPayloadThatIsTooLarge() throws Exception {
        connect().send("{\"op\":1,\"d\":\"" + "x".repeat(4096) + "\"}");

        assertThat(close()).isEqualTo(4002);
    }

    @Test
    void closesASecondIdentify() throws Exception {
        identified().send(identify());

        assertThat(close()).isEqualTo(4005);
    }

    @Test
    void closesMoreThan120PayloadsAMinute() throws Exception {
        WebSocket socket = identified();
        for (int i = 0; i < 120; i++) {
            socket.send(HEARTBEAT);
        }

        assertThat(close()).isEqualTo(4008);
    }

    @Test
    void closesWhereAHeartbeatIsLate() throws Exception {
        discord.sessions().heartbeatMillis(100);
        discord.sessions().patienceMillis(50);

        identified();

        assertThat(close()).isEqualTo(4009);
    }

    @Test
    void closesAResumeFromTheFuture() throws Exception {
        String session = sessionOf();

        connect()
                .send("{\"op\":6,\"d\":{\"token\":\"" + bot.token() + "\",\"session_id\":\"" + session
                        + "\",\"seq\":99}}");

        assertThat(close()).isEqualTo(4007);
    }

    private String sessionOf() throws InterruptedException {
        WebSocket socket = connect();
        socket.send(identify());
        JsonNode ready = frame(0);
        socket.close(4000, null);
        assertThat(close()).isEqualTo(1000);
        frames.clear();
        return ready.path("d").path("session_id").asText();
    }

    // REST.

    private JsonNode call(String method, String path, @Nullable String body) throws IOException {
        Request request = new Request.Builder()
                .url(discord.restBase() + path)
                .header("Authorization", "Bot " + bot.token())
                .method(method, body == null ? null : RequestBody.create(body, MediaType.get("application/json")))
                .build();
        try (Response response = http.newCall(request).execute()) {
            JsonNode json = Nodes.read(response.body().string());
            return Nodes.object().put("status", response.code()).set("json", json);
        }
    }

    private JsonNode post(String body) throws IOException {
        return call("POST", "channels/" + channel + "/messages", body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=0", "limit=101", "limit=x", "after=1&before=2", "after=x"})
    void refusesAQueryThatDiscordRefuses(String query) throws IOException {
        JsonNode answer = call("GET", "channels/" + channel + "/messages?" + query, null);

        assertThat(answer.path("status").asInt()).isEqualTo(400);
        assertThat(answer.path("json").path("code").asInt()).isEqualTo(50035);
    }

    @Test
    void countsCodePoints() throws IOException {
        assertThat(post("{\"content\":\"" + "🦊".repeat(2000) + "\"}")
                        .path("status")
                        .asInt())
                .isEqualTo(200);
        assertThat(post("{\"content\":\"" + "🦊".repeat(2001) + "\"}")
                        .path("status")
                        .asInt())
                .isEqualTo(400);
    }

    @Test
    void forgetsANonceAfterAWhile() throws IOException {
        String body = "{\"content\":\"x\",\"nonce\":\"n1\",\"enforce_nonce\":true}";
        String first = post(body).path("json").path("id").asText();

        assertThat(post(body).path("json").path("id").asText()).isEqualTo(first);
        discord.nonceLife(-1);
        assertThat(post(body).path("json").path("id").asText()).isNotEqualTo(first);
    }

    @Test
    void showsAndAnswersNothingWithoutItsHistory() throws IOException {
        String id = post("{\"content\":\"x\"}").path("json").path("id").asText();
        discord.permissions(SimulatedDiscord.ALL_PERMISSIONS & ~(1L << 16));

        assertThat(call("GET", "channels/" + channel + "/messages", null).path("json"))
                .isEmpty();
        assertThat(call("GET", "channels/" + channel + "/messages/" + id, null)
                        .path("status")
                        .asInt())
                .isEqualTo(403);
        assertThat(post("{\"content\":\"x\",\"message_reference\":{\"message_id\":\"" + id + "\"}}")
                        .path("json")
                        .path("code")
                        .asInt())
                .isEqualTo(160002);
    }
}
