package dev.triptych.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.triptych.testkit.TestPictures;
import java.awt.Color;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A stand-in for AUTOMATIC1111's web UI: one queue for all clients, a progress that any of them may ask for, an
 * interrupt that ends whatever runs (modules/api/api.py, modules/call_queue.py, modules/progress.py). Time passes only
 * when somebody asks: each question after the progress is one sampling step.
 */
final class A1111Server implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final boolean namesTasks;

    // Guarded by this.
    final List<JsonNode> asked = new ArrayList<>();
    int interrupts;
    private String running = "";
    private int step;
    private int steps;
    private int job;
    private int jobs;
    private boolean interrupted;

    /** A server that says whose task runs, as newer ones do, or does not. */
    A1111Server(boolean namesTasks) throws IOException {
        this.namesTasks = namesTasks;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(workers);
        server.createContext("/sdapi/v1/txt2img", exchange -> paint(exchange));
        server.createContext("/sdapi/v1/img2img", exchange -> paint(exchange));
        server.createContext("/sdapi/v1/progress", exchange -> answer(exchange, progress()));
        server.createContext("/sdapi/v1/interrupt", exchange -> {
            interrupt();
            answer(exchange, "{}");
        });
        server.start();
    }

    String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void paint(HttpExchange exchange) throws IOException {
        JsonNode request = Fixtures.json(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        answer(exchange, painted(request));
    }

    private synchronized String painted(JsonNode request) {
        asked.add(request);
        while (!running.isEmpty()) {
            await();
        }
        running = request.path("force_task_id").asText("task(other)");
        step = 0;
        job = 0;
        steps = request.path("steps").asInt(20);
        jobs = request.path("n_iter").asInt(1);
        interrupted = false;
        notifyAll();
        while (job < jobs && !interrupted) {
            await();
        }
        running = "";
        notifyAll();
        ObjectNode answer = Json.MAPPER.createObjectNode();
        ObjectNode info = Json.MAPPER.createObjectNode();
        long seed = request.path("seed").asLong(4711);
        for (int i = 0; i < Math.max(1, job); i++) {
            answer.withArray("images").add(Base64.getEncoder().encodeToString(picture(i)));
            info.withArray("all_seeds").add(seed + i);
        }
        info.put("index_of_first_image", 0);
        answer.put("info", info.toString());
        return answer.toString();
    }

    static byte[] picture(int index) {
        return TestPictures.png(8, 8, new Color(index, 0, 0));
    }

    /** Returns when something may have changed; the caller looks again. */
    @SuppressWarnings("WaitNotInLoop") // each caller is a loop
    private void await() {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits until a task runs. */
    synchronized void awaitRunning() {
        while (running.isEmpty()) {
            await();
        }
    }

    synchronized void interrupt() {
        interrupts++;
        interrupted = true;
        notifyAll();
    }

    private synchronized String progress() {
        ObjectNode answer = Json.MAPPER.createObjectNode();
        ObjectNode state = answer.putObject("state");
        if (running.isEmpty()) {
            answer.put("progress", 0.0);
            state.put("job_count", 0);
            answer.putNull("current_image");
        } else {
            step++;
            state.put("job_no", job).put("job_count", jobs);
            state.put("sampling_step", step).put("sampling_steps", steps);
            answer.put("progress", 0.01 + (job + (double) step / steps) / jobs);
            answer.put("current_image", Base64.getEncoder().encodeToString(picture(100 + step)));
            if (step == steps) {
                step = 0;
                job++;
                notifyAll();
            }
        }
        if (namesTasks) {
            answer.put("current_task", running.isEmpty() ? null : running);
        }
        return answer.toString();
    }

    private static void answer(HttpExchange exchange, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
