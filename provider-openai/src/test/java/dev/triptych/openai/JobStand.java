package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in for the servers that take jobs, as their documentation has them: {@code bfl}, {@code fal},
 * {@code replicate}. A job is done when it has been asked for often enough. Knows how often each prompt was submitted.
 */
final class JobStand implements AutoCloseable {

    static final byte[] PICTURE = Fixtures.greenPng();

    private final String dialect;
    private final HttpServer server;
    private final ExecutorService workers = Executors.newCachedThreadPool();

    // Guarded by this.
    final Map<String, Integer> submits = new LinkedHashMap<>();
    final List<String> seen = new ArrayList<>();
    final List<String> strays = new ArrayList<>();
    private final Map<String, Integer> questions = new LinkedHashMap<>();
    private final Map<String, String> cancelled = new LinkedHashMap<>();
    private int questionsNeeded = 2;
    private int jobs;
    private @Nullable Predicate<HttpExchange> beforeAnswering;

    JobStand(String dialect) throws IOException {
        this.dialect = dialect;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        server.setExecutor(workers);
        server.createContext("/", exchange -> handle(exchange));
        server.start();
    }

    /** The generator's base URL. */
    String base() {
        return root() + (dialect.equals("replicate") ? "/v1" : "");
    }

    private String root() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** How often a job is asked for until it is done. */
    synchronized JobStand doneAfter(int value) {
        questionsNeeded = value;
        return this;
    }

    /** What may answer in place of the server: true = it has. */
    synchronized JobStand before(Predicate<HttpExchange> value) {
        beforeAnswering = value;
        return this;
    }

    synchronized int submitted(String prompt) {
        return submits.getOrDefault(prompt, 0);
    }

    synchronized List<String> cancelledJobs() {
        return List.copyOf(cancelled.keySet());
    }

    synchronized boolean hasJobs() {
        return jobs > 0;
    }

    static boolean isSubmit(HttpExchange exchange) {
        return exchange.getRequestMethod().equals("POST")
                && !exchange.getRequestURI().getPath().endsWith("/cancel");
    }

    static boolean isQuestion(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return exchange.getRequestMethod().equals("GET") && !path.startsWith("/pictures");
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Predicate<HttpExchange> first;
            synchronized (this) {
                seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
                first = beforeAnswering;
            }
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            if (first != null && first.test(exchange)) {
                return;
            }
            if (exchange.getRequestURI().getPath().startsWith("/pictures")) {
                picture(exchange);
            } else {
                answer(exchange, 200, json(exchange, body).toString());
            }
        }
    }

    /** Pictures lie elsewhere, where the key has no business. */
    private void picture(HttpExchange exchange) throws IOException {
        if (exchange.getRequestHeaders().containsKey("x-key")
                || exchange.getRequestHeaders().containsKey("Authorization")) {
            synchronized (this) {
                strays.add(exchange.getRequestURI().toString());
            }
        }
        exchange.getResponseHeaders().add("Content-Type", "image/png");
        exchange.sendResponseHeaders(200, PICTURE.length);
        exchange.getResponseBody().write(PICTURE);
    }

    static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private synchronized ObjectNode json(HttpExchange exchange, String body) {
        String path = exchange.getRequestURI().getPath();
        if (path.endsWith("/cancel")) {
            String id = path.replaceAll(".*/([^/]+)/cancel$", "$1");
            cancelled.put(id, exchange.getRequestMethod());
            return Json.MAPPER.createObjectNode().put("status", "CANCELLATION_REQUESTED");
        }
        if (isSubmit(exchange)) {
            JsonNode asked = Fixtures.json(body);
            String prompt = (asked.has("input") ? asked.path("input") : asked)
                    .path("prompt")
                    .asText();
            submits.merge(prompt, 1, Integer::sum);
            return accepted("job-" + ++jobs);
        }
        return dialect.equals("bfl")
                ? bfl(exchange.getRequestURI().getQuery().replaceFirst("^id=", ""))
                : dialect.equals("fal") ? fal(path) : replicate(path.replaceFirst(".*/", ""));
    }

    private ObjectNode accepted(String id) {
        ObjectNode answer = Json.MAPPER.createObjectNode();
        switch (dialect) {
            case "bfl" -> {
                answer.put("id", id).put("cost", 1.4);
                answer.put("polling_url", root() + "/v1/get_result?id=" + id);
            }
            case "fal" -> {
                String request = root() + "/fal-ai/flux/requests/" + id;
                answer.put("request_id", id).put("status", "IN_QUEUE").put("response_url", request);
                answer.put("status_url", request + "/status").put("cancel_url", request + "/cancel");
            }
            default -> replicateUrls(answer, id).put("status", "starting");
        }
        return answer;
    }

    private ObjectNode replicateUrls(ObjectNode answer, String id) {
        answer.put("id", id);
        answer.putObject("urls")
                .put("get", base() + "/predictions/" + id)
                .put("cancel", base() + "/predictions/" + id + "/cancel");
        return answer;
    }

    private boolean isDone(String id) {
        return questions.merge(id, 1, Integer::sum) >= questionsNeeded;
    }

    private String link(String id) {
        return root() + "/pictures/" + id + ".png?sig=secret";
    }

    private ObjectNode bfl(String id) {
        ObjectNode answer = Json.MAPPER.createObjectNode().put("id", id);
        if (isDone(id)) {
            answer.put("status", "Ready")
                    .putObject("result")
                    .put("sample", link(id))
                    .put("seed", 4711);
        } else {
            answer.put("status", "Pending").put("progress", 0.25);
        }
        return answer;
    }

    private ObjectNode fal(String path) {
        ObjectNode answer = Json.MAPPER.createObjectNode();
        if (!path.endsWith("/status")) {
            answer.withArray("images").addObject().put("url", link(path.replaceFirst(".*/", "")));
            return answer.put("seed", 4711);
        }
        String id = path.replaceAll(".*/([^/]+)/status$", "$1");
        int before = questions.getOrDefault(id, 0);
        if (isDone(id)) {
            return answer.put("status", "COMPLETED");
        }
        if (before == 0) {
            return answer.put("status", "IN_QUEUE").put("queue_position", 3);
        }
        answer.put("status", "IN_PROGRESS");
        answer.withArray("logs").addObject().put("message", " 36%|###| 10/28 [00:01<00:02,  8.8it/s]");
        return answer;
    }

    private ObjectNode replicate(String id) {
        ObjectNode answer = replicateUrls(Json.MAPPER.createObjectNode(), id);
        if (isDone(id)) {
            answer.put("status", "succeeded").withArray("output").add(link(id));
        } else {
            answer.put("status", "processing").put("logs", "10%|#  | 1/4 [00:01<00:02]\n");
        }
        return answer;
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
