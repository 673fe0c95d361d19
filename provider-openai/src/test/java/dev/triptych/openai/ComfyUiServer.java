package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okio.Buffer;
import okio.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in for ComfyUI: one queue for all clients, events to the client that queued a prompt, results by history
 * (server.py, execution.py). Time passes only when somebody asks for a job's history: each question is one step.
 */
final class ComfyUiServer extends Dispatcher implements AutoCloseable {

    static final byte[] PICTURE = Fixtures.greenPng();
    static final byte[] PREVIEW = TestPictures.jpeg(8, 8, Color.BLUE);

    private static final System.Logger LOG = System.getLogger(ComfyUiServer.class.getName());

    private static final int STEPS = 3;
    private static final Pattern FILE_NAME = Pattern.compile("filename=\"([^\"]+)\"");

    private final MockWebServer server = new MockWebServer();

    // Guarded by this.
    final List<JsonNode> prompts = new ArrayList<>();
    final List<String> uploads = new ArrayList<>();
    final List<String> interrupts = new ArrayList<>();
    final List<String> deleted = new ArrayList<>();
    int connections;
    private final Map<String, WebSocket> sockets = new LinkedHashMap<>();
    private final Map<String, String> clients = new LinkedHashMap<>();
    private final List<String> queue = new ArrayList<>();
    private final Map<String, Integer> steps = new LinkedHashMap<>();
    private final Map<String, ObjectNode> history = new LinkedHashMap<>();
    private boolean held;
    private boolean breaking;
    private boolean closed;
    private boolean hasEvents = true;
    private @Nullable Function<RecordedRequest, @Nullable MockResponse> instead;

    ComfyUiServer() throws IOException {
        server.setDispatcher(this);
        server.start(InetAddress.getLoopbackAddress(), 0);
    }

    String base() {
        return "http://127.0.0.1:" + server.getPort();
    }

    /** Lets jobs run for ever. */
    synchronized void hold() {
        held = true;
    }

    /** Breaks the connection after each event. */
    synchronized void breakConnections() {
        breaking = true;
    }

    synchronized void withoutEvents() {
        hasEvents = false;
    }

    /** What may answer in place of the server. */
    synchronized void instead(Function<RecordedRequest, @Nullable MockResponse> value) {
        instead = value;
    }

    /** A job of another client at the head of the queue. */
    synchronized void queueOther() {
        queue.add("other");
    }

    synchronized void awaitPrompt() throws InterruptedException {
        while (prompts.isEmpty()) {
            wait();
        }
    }

    @Override
    public MockResponse dispatch(RecordedRequest request) {
        Function<RecordedRequest, @Nullable MockResponse> first;
        synchronized (this) {
            first = instead;
        }
        MockResponse other = first == null ? null : first.apply(request);
        if (other != null) {
            return other;
        }
        String path = request.getUrl().encodedPath();
        String body = request.getBody() == null ? "" : request.getBody().utf8();
        return switch (path) {
            case "/ws" -> socket(String.valueOf(request.getUrl().queryParameter("clientId")));
            case "/upload/image" -> upload(body);
            case "/prompt" -> prompt(Fixtures.json(body));
            case "/queue" -> request.getMethod().equals("POST") ? delete(Fixtures.json(body)) : queue();
            case "/interrupt" -> interrupt(Fixtures.json(body));
            case "/view" -> picture();
            default -> path.startsWith("/history/") ? history(path.substring(9)) : json(404, "{}");
        };
    }

    static MockResponse json(int status, String body) {
        return new MockResponse.Builder()
                .code(status)
                .setHeader("Content-Type", "application/json")
                .body(body)
                .build();
    }

    private static MockResponse picture() {
        return new MockResponse.Builder()
                .setHeader("Content-Type", "image/png")
                .body(new Buffer().write(PICTURE))
                .build();
    }

    private synchronized MockResponse socket(String client) {
        if (!hasEvents) {
            return json(404, "{}");
        }
        return new MockResponse.Builder()
                .webSocketUpgrade(new WebSocketListener() {
                    @Override
                    public void onOpen(WebSocket socket, Response response) {
                        connected(client, socket);
                    }
                })
                .build();
    }

    private synchronized void connected(String client, WebSocket socket) {
        connections++;
        sockets.put(client, socket);
        socket.send("{\"type\": \"status\", \"data\": {\"status\": {\"exec_info\": {\"queue_remaining\": "
                + (queue.size() + 1) + "}}, \"sid\": \"" + client + "\"}}");
        notifyAll();
    }

    private synchronized MockResponse upload(String body) {
        Matcher name = FILE_NAME.matcher(body);
        if (!name.find()) {
            return json(400, "{}");
        }
        uploads.add(name.group(1));
        return json(200, "{\"name\": \"" + name.group(1) + "\", \"subfolder\": \"\", \"type\": \"input\"}");
    }

    private synchronized MockResponse prompt(JsonNode body) {
        for (JsonNode node : body.path("prompt")) {
            String image = node.path("inputs").path("image").asText("");
            if (node.path("class_type").asText().startsWith("LoadImage") && !uploads.contains(image)) {
                return json(400, """
                        {"error": {"type": "prompt_outputs_failed_validation",
                          "message": "Prompt outputs failed validation", "details": ""},
                         "node_errors": {"10": {"errors": [{"message": "Invalid image file"}]}}}""");
            }
        }
        prompts.add(body);
        String id = "p" + prompts.size();
        clients.put(id, body.path("client_id").asText());
        queue.add(id);
        notifyAll();
        return json(200, "{\"prompt_id\": \"" + id + "\", \"number\": 1, \"node_errors\": {}}");
    }

    private synchronized MockResponse history(String id) {
        if (queue.indexOf(id) == 0 && !held) {
            step(id);
        }
        ObjectNode entry = history.get(id);
        ObjectNode answer = Json.MAPPER.createObjectNode();
        if (entry != null) {
            answer.set(id, entry);
        }
        return json(200, answer.toString());
    }

    private void step(String id) {
        int step = steps.merge(id, 1, Integer::sum);
        if (step == 1) {
            tell(id, "{\"type\": \"execution_start\", \"data\": {\"prompt_id\": \"" + id + "\"}}");
        }
        tell(
                id,
                "{\"type\": \"progress\", \"data\": {\"value\": " + step + ", \"max\": " + STEPS + ", \"prompt_id\": \""
                        + id + "\", \"node\": \"3\"}}");
        if (step == STEPS) {
            queue.remove(id);
            history.put(id, (ObjectNode) Fixtures.json("""
                    {"outputs": {"9": {"images": [
                       {"filename": "fox 1.png", "subfolder": "a", "type": "output"}]},
                      "12": {"images": [{"filename": "seen.png", "subfolder": "", "type": "temp"}]}},
                     "status": {"status_str": "success", "completed": true, "messages": []}}"""));
        }
    }

    private void tell(String id, String event) {
        if (!hasEvents) {
            return;
        }
        String client = clients.getOrDefault(id, "");
        while (!sockets.containsKey(client) && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        WebSocket socket = sockets.get(client);
        if (socket == null) {
            return;
        }
        socket.send(event);
        socket.send(ByteString.of(ByteBuffer.allocate(8 + PREVIEW.length)
                .putInt(1)
                .putInt(1)
                .put(PREVIEW)
                .array()));
        if (breaking) {
            sockets.remove(client);
            socket.close(1001, "going away");
        }
    }

    /** Puts an end to the job with an error, as a node that fails does. */
    synchronized void fail(String id, String messages) {
        queue.remove(id);
        history.put(id, (ObjectNode)
                Fixtures.json("{\"outputs\": {}, \"status\": {\"status_str\": \"error\", \"completed\":"
                        + " false, \"messages\": " + messages + "}}"));
    }

    private synchronized MockResponse queue() {
        ObjectNode answer = Json.MAPPER.createObjectNode();
        answer.putArray("queue_running");
        answer.putArray("queue_pending");
        for (int i = 0; i < queue.size(); i++) {
            answer.withArray(i == 0 ? "queue_running" : "queue_pending")
                    .addArray()
                    .add(i)
                    .add(queue.get(i));
        }
        return json(200, answer.toString());
    }

    /** Only what waits can be deleted. */
    private synchronized MockResponse delete(JsonNode body) {
        for (JsonNode id : body.path("delete")) {
            if (queue.indexOf(id.asText()) > 0) {
                queue.remove(id.asText());
                deleted.add(id.asText());
            }
        }
        return json(200, "");
    }

    private synchronized MockResponse interrupt(JsonNode body) {
        interrupts.add(body.path("prompt_id").asText(""));
        return json(200, "");
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            server.close();
        } catch (AssertionError e) {
            // A busy machine ends its threads late, which is no failure of what was tested.
            LOG.log(System.Logger.Level.DEBUG, "the stand-in did not close in time", e);
        }
    }
}
