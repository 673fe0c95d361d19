package dev.triptych.diffusion.hub;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A hub of our own on the loopback: one server that answers as huggingface.co does, and on another port the storage to
 * which it sends those who want a large file. What goes wrong is put before its answers. Thread-safe.
 */
public final class FakeHub implements AutoCloseable {

    public static final String REPO = "owner/name";
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** A request that came. */
    record Seen(String method, String path, Optional<String> token, Optional<String> range) {}

    /** Answers instead of the server, if it likes. */
    @FunctionalInterface
    public interface Fault {
        /** Whether it answered. */
        boolean answers(HttpExchange exchange) throws IOException;
    }

    private final HttpServer hub;
    private final HttpServer storage;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, byte[]> stored = new ConcurrentHashMap<>();
    private final List<Seen> atHub = new CopyOnWriteArrayList<>();
    private final List<Seen> atStorage = new CopyOnWriteArrayList<>();
    private final AtomicInteger signature = new AtomicInteger();
    private final AtomicLong sent = new AtomicLong();
    private volatile int valid;
    private volatile Fault hubFault = exchange -> false;
    private volatile Fault storageFault = exchange -> false;

    public FakeHub() {
        try {
            InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            hub = HttpServer.create(anyPort, 0);
            storage = HttpServer.create(anyPort, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        hub.createContext("/", exchange -> serve(exchange, atHub, hubFault, this::answer));
        storage.createContext("/", exchange -> serve(exchange, atStorage, storageFault, this::send));
        hub.setExecutor(threads);
        storage.setExecutor(threads);
        hub.start();
        storage.start();
    }

    public String endpoint() {
        return "http://127.0.0.1:" + hub.getAddress().getPort();
    }

    String storageEndpoint() {
        return "http://127.0.0.1:" + storage.getAddress().getPort();
    }

    /** Adds a file; weights lie in the storage, others on the hub. */
    public FakeHub file(String path, byte[] content) {
        files.put(path, content);
        stored.put(sha256(content), content);
        return this;
    }

    public FakeHub file(String path, String content) {
        return file(path, content.getBytes(StandardCharsets.UTF_8));
    }

    public void hubFault(Fault fault) {
        hubFault = fault;
    }

    void storageFault(Fault fault) {
        storageFault = fault;
    }

    /** Links that were given out are no longer valid. */
    void expireLinks() {
        valid = signature.get() + 1;
    }

    List<Seen> atHub() {
        return atHub;
    }

    List<Seen> atStorage() {
        return atStorage;
    }

    /** Bytes of files that the storage has sent. */
    long sent() {
        return sent.get();
    }

    void forget() {
        atHub.clear();
        atStorage.clear();
        sent.set(0);
    }

    private void serve(HttpExchange exchange, List<Seen> seen, Fault fault, Handler handler) throws IOException {
        seen.add(new Seen(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getRawPath(),
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")),
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"))));
        try (exchange) {
            if (!fault.answers(exchange)) {
                handler.handle(exchange);
            }
        }
    }

    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        String api = "/api/models/" + REPO;
        if (path.equals(api + "/revision/main") || path.equals(api + "/revision/refs%2Fpr%2F1")) {
            json(exchange, "{\"id\": \"" + REPO + "\", \"sha\": \"" + COMMIT + "\", \"siblings\": []}");
        } else if (path.equals(api + "/tree/" + COMMIT)) {
            json(exchange, tree().toString());
        } else if (path.startsWith("/" + REPO + "/resolve/" + COMMIT + "/")) {
            resolve(exchange, path.substring(("/" + REPO + "/resolve/" + COMMIT + "/").length()));
        } else {
            refuse(exchange, 404, path.startsWith(api) ? "RevisionNotFound" : "RepoNotFound");
        }
    }

    private ArrayNode tree() {
        ArrayNode entries = JsonNodeFactory.instance.arrayNode();
        entries.addObject()
                .put("type", "directory")
                .put("path", "unet")
                .put("size", 0)
                .put("oid", "0".repeat(40));
        files.forEach((path, content) -> {
            ObjectNode entry = entries.addObject()
                    .put("type", "file")
                    .put("path", path)
                    .put("size", content.length)
                    .put("oid", gitHash(content));
            if (isLarge(path)) {
                entry.putObject("lfs")
                        .put("oid", sha256(content))
                        .put("size", content.length)
                        .put("pointerSize", 130);
            }
        });
        return entries;
    }

    private static boolean isLarge(String path) {
        return FileSelection.isWeights(path);
    }

    private void resolve(HttpExchange exchange, String encoded) throws IOException {
        String path = URLDecoder.decode(encoded, StandardCharsets.UTF_8);
        byte[] content = files.get(path);
        exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
        if (content == null) {
            refuse(exchange, 404, "EntryNotFound");
        } else if (isLarge(path)) {
            String sha256 = sha256(content);
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + sha256 + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", Integer.toString(content.length));
            exchange.getResponseHeaders().set("ETag", "\"another\"");
            exchange.getResponseHeaders()
                    .set("Location", storageEndpoint() + "/" + sha256 + "?signature=" + signature.incrementAndGet());
            exchange.sendResponseHeaders(302, -1);
        } else {
            exchange.getResponseHeaders().set("ETag", "\"" + gitHash(content) + "\"");
            sendRange(exchange, content, content.length);
        }
    }

    private void send(HttpExchange exchange) throws IOException {
        byte[] content = stored.get(exchange.getRequestURI().getPath().substring(1));
        String query = exchange.getRequestURI().getQuery();
        if (content == null || query == null || Integer.parseInt(query.substring("signature=".length())) < valid) {
            byte[] xml = "<Error><Code>AccessDenied</Code></Error>".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(403, xml.length);
            exchange.getResponseBody().write(xml);
            return;
        }
        sendRange(exchange, content, content.length);
    }

    /** Sends what was asked for, and no more than {@code limit} bytes of it; then the connection is cut. */
    void sendRange(HttpExchange exchange, byte[] content, int limit) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = 0;
        int to = content.length - 1;
        if (range != null) {
            String[] ends = range.substring("bytes=".length()).split("-", -1);
            from = Integer.parseInt(ends[0]);
            to = Math.min(to, Integer.parseInt(ends[1]));
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + content.length);
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(content.length));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        exchange.sendResponseHeaders(range == null ? 200 : 206, to - from + 1);
        OutputStream body = exchange.getResponseBody();
        int count = Math.min(to - from + 1, limit);
        body.write(content, from, count);
        body.flush();
        sent.addAndGet(count);
    }

    /**
     * Sends what was asked for step by step, until all connections together have sent {@code limit} bytes: then says so
     * and holds the connection until it is told that nobody reads any more.
     */
    void sendInSteps(
            HttpExchange exchange, byte[] content, int step, long limit, CountDownLatch reached, CountDownLatch end)
            throws IOException {
        String[] ends = exchange.getRequestHeaders()
                .getFirst("Range")
                .substring("bytes=".length())
                .split("-", -1);
        int from = Integer.parseInt(ends[0]);
        int to = Integer.parseInt(ends[1]);
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + content.length);
        exchange.sendResponseHeaders(206, to - from + 1);
        for (int at = from; at <= to; at += step) {
            if (sent.get() >= limit) {
                reached.countDown();
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return;
            }
            int count = Math.min(step, to + 1 - at);
            exchange.getResponseBody().write(content, at, count);
            exchange.getResponseBody().flush();
            sent.addAndGet(count);
        }
    }

    static void refuse(HttpExchange exchange, int status, String code) throws IOException {
        if (!code.isEmpty()) {
            exchange.getResponseHeaders().set("X-Error-Code", code);
        }
        exchange.sendResponseHeaders(status, -1);
    }

    static void json(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    static String sha256(byte[] content) {
        return hash("SHA-256", new byte[0], content);
    }

    static String gitHash(byte[] content) {
        return hash("SHA-1", ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII), content);
    }

    private static String hash(String algorithm, byte[] before, byte[] content) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(before);
            return HexFormat.of().formatHex(digest.digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }
}
