package dev.triptych.server.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.api.Money;
import dev.triptych.server.http.Json;
import dev.triptych.server.jobs.Jobs;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The Model Context Protocol's messages, of both its eras: 2026-07-28 without a handshake, told by the version that
 * each request carries in {@code _meta}; and the revisions up to 2025-11-25 with one. Knows no transport. Thread-safe.
 */
public final class McpProtocol {

    /** The revision without a handshake. */
    static final String MODERN = "2026-07-28";

    private static final List<String> LEGACY = List.of("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05");
    private static final String VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
    private static final Set<String> METHODS =
            Set.of("initialize", "ping", "server/discover", "tools/list", "tools/call", "resources/list");
    private static final String NO_JOB_YET = "";
    private static final System.Logger LOG = System.getLogger(McpProtocol.class.getName());

    private final McpTools tools;
    private final Map<List<String>, String> running = new ConcurrentHashMap<>();
    private final Set<List<String>> cancelled = ConcurrentHashMap.newKeySet();

    /**
     * The protocol over these jobs.
     *
     * @param nanos a monotonic clock in nanoseconds
     */
    public McpProtocol(Jobs jobs, Money money, McpSettings settings, LongSupplier nanos) {
        this.tools = new McpTools(jobs, money, settings, nanos);
    }

    /** Whether {@code message} is of the era without a handshake. */
    static boolean isModern(JsonNode message) {
        return message.path("params").path("_meta").has(VERSION_KEY);
    }

    /** The revision that a modern message names. */
    static String versionOf(JsonNode message) {
        return message.path("params").path("_meta").path(VERSION_KEY).asText();
    }

    /** Whether {@code message} wants an answer. */
    static boolean isRequest(JsonNode message) {
        return message.has("id") && message.has("method");
    }

    /**
     * Serves one message.
     *
     * @param session what tells clients apart whose request ids may be the same
     * @param notify takes notifications on the way to the answer
     * @return the answer; empty for a notification, and for a request that was cancelled
     */
    Optional<ObjectNode> serve(String session, JsonNode message, Consumer<ObjectNode> notify) {
        if (!message.isObject() || !"2.0".equals(message.path("jsonrpc").asText())) {
            return Optional.of(error(null, new McpError(McpError.INVALID_REQUEST, "message must be JSON-RPC 2.0")));
        }
        if (!isRequest(message)) {
            if ("notifications/cancelled".equals(message.path("method").asText())) {
                cancel(session, message.path("params").path("requestId"));
            }
            return Optional.empty();
        }
        List<String> key = List.of(session, message.path("id").toString());
        running.put(key, NO_JOB_YET);
        try {
            ObjectNode result = result(key, message, notify);
            if (isModern(message)) {
                result.put("resultType", "complete");
            }
            if (cancelled.contains(key)) {
                return Optional.empty();
            }
            ObjectNode answer = envelope(message.path("id"));
            answer.set("result", result);
            return Optional.of(answer);
        } catch (McpError e) {
            return Optional.of(error(message.path("id"), e));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "an MCP request failed through a defect", e);
            return Optional.of(error(
                    message.path("id"),
                    new McpError(McpError.INTERNAL, "Triptych failed through a defect; its log tells more")));
        } finally {
            running.remove(key);
            cancelled.remove(key);
        }
    }

    /** Whether there is such a method. */
    static boolean knows(String method) {
        return METHODS.contains(method);
    }

    private ObjectNode result(List<String> key, JsonNode message, Consumer<ObjectNode> notify) {
        if (isModern(message) && !versionOf(message).equals(MODERN)) {
            throw new McpError(McpError.UNSUPPORTED_VERSION, "protocol version must be " + MODERN + " but was another");
        }
        JsonNode params = message.path("params");
        return switch (message.path("method").asText()) {
            case "initialize" -> initialize(params);
            case "ping" -> Json.object();
            case "server/discover" -> discover();
            case "tools/list" -> forAWhile(Json.object().set("tools", tools.list()));
            case "tools/call" -> call(key, params, notify);
            case "resources/list" -> forAWhile(Json.object().set("resources", Json.array()));
            default -> throw new McpError(McpError.METHOD_NOT_FOUND, "there is no such method");
        };
    }

    private static ObjectNode initialize(JsonNode params) {
        String wanted = params.path("protocolVersion").asText();
        ObjectNode result = Json.object().put("protocolVersion", LEGACY.contains(wanted) ? wanted : LEGACY.get(0));
        result.set("capabilities", capabilities());
        result.set("serverInfo", serverInfo());
        return result.put("instructions", instructions());
    }

    private static ObjectNode discover() {
        ObjectNode result = Json.object();
        result.putArray("supportedVersions").add(MODERN);
        result.set("capabilities", capabilities());
        result.set("serverInfo", serverInfo());
        return forAWhile(result.put("instructions", instructions()));
    }

    /** What a client may keep for a minute, for itself. */
    private static ObjectNode forAWhile(JsonNode result) {
        return ((ObjectNode) result).put("ttlMs", 60_000).put("cacheScope", "private");
    }

    private static ObjectNode capabilities() {
        ObjectNode capabilities = Json.object();
        capabilities.putObject("tools").put("listChanged", false);
        return capabilities;
    }

    private static ObjectNode serverInfo() {
        return Json.object().put("name", "triptych").put("title", "Triptych").put("version", "0.2.0");
    }

    private static String instructions() {
        return "Makes and edits pictures. list_generators says who can paint and what it costs.";
    }

    private ObjectNode call(List<String> key, JsonNode params, Consumer<ObjectNode> notify) {
        JsonNode arguments = params.path("arguments");
        if (!arguments.isObject() && !arguments.isMissingNode()) {
            throw new McpError(McpError.INVALID_PARAMS, "arguments must be an object");
        }
        JsonNode token = params.path("_meta").path("progressToken");
        return tools.call(
                params.path("name").asText(),
                arguments instanceof ObjectNode given ? given : Json.object(),
                new McpTools.Call() {
                    @Override
                    public void progress(double done, double total, String message) {
                        ObjectNode notification =
                                Json.object().put("jsonrpc", "2.0").put("method", "notifications/progress");
                        notification
                                .putObject("params")
                                .put("progress", done)
                                .put("total", total)
                                .put("message", message)
                                .set("progressToken", token);
                        notify.accept(notification);
                    }

                    @Override
                    public boolean wantsProgress() {
                        return token.isValueNode() && !token.isNull();
                    }

                    @Override
                    public void runsAs(String id) {
                        running.put(key, id);
                        if (cancelled.contains(key)) {
                            tools.cancel(id);
                        }
                    }
                });
    }

    /** Stops the request with this id, if it runs; it is not answered then. */
    void cancel(String session, JsonNode requestId) {
        List<String> key = List.of(session, requestId.toString());
        String job = running.get(key);
        if (job == null) {
            return;
        }
        cancelled.add(key);
        if (!job.equals(NO_JOB_YET)) {
            tools.cancel(job);
        }
    }

    private static ObjectNode envelope(@Nullable JsonNode id) {
        ObjectNode answer = Json.object().put("jsonrpc", "2.0");
        answer.set("id", id);
        return answer;
    }

    static ObjectNode error(@Nullable JsonNode id, McpError error) {
        ObjectNode answer = envelope(id);
        answer.set("error", error.json());
        return answer;
    }
}
