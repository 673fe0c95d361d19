package dev.triptych.server.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.server.http.Bodies;
import dev.triptych.server.http.EventStream;
import dev.triptych.server.http.HttpFailure;
import dev.triptych.server.http.Json;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** MCP over HTTP: a message a POST; calls of tools are answered by an event stream, everything else by JSON. */
public final class HttpMcp {

    private static final String PATH = "/mcp";
    private static final String SESSION = "Mcp-Session-Id";
    private static final int MAX_CALLS = 64;
    private static final int ID_BYTES = 16;
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

    /** A client that closes its stream means to cancel, and shall not wait long for it. */
    private static final Duration LOOK_FOR_CLIENT = Duration.ofSeconds(1);

    private final McpProtocol protocol;
    private final SecureRandom random = new SecureRandom();
    private final ExecutorService calls =
            new ThreadPoolExecutor(0, MAX_CALLS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                Thread thread = new Thread(work, "triptych-mcp");
                thread.setDaemon(true);
                return thread;
            });

    /** The transport of {@code protocol}. */
    public HttpMcp(McpProtocol protocol) {
        this.protocol = protocol;
    }

    /** Adds the routes. */
    public void addTo(RoutesConfig routes) {
        routes.post(PATH, this::post);
        routes.get(PATH, context -> {
            context.header("Allow", "POST, DELETE");
            throw new HttpFailure(405, "method_not_allowed", "this server sends nothing unasked; POST a message");
        });
        routes.delete(PATH, context -> context.status(204));
    }

    private void post(Context context) {
        JsonNode message = Bodies.tree(context, Bodies.JSON);
        boolean modern = McpProtocol.isModern(message);
        if (modern) {
            Optional<McpError> wrong = headersOf(context, message);
            if (wrong.isPresent()) {
                Bodies.answer(context, 400, McpProtocol.error(message.path("id"), wrong.get()));
                return;
            }
        }
        String method = message.path("method").asText();
        String session = Optional.ofNullable(context.header(SESSION)).orElse("");
        if (modern) {
            // Whose requests have the same id need not be the same client.
            session = newId();
        } else if (method.equals("initialize")) {
            session = newId();
            context.header(SESSION, session);
        }
        if (!McpProtocol.isRequest(message)) {
            protocol.serve(session, message, notification -> {})
                    .ifPresentOrElse(refusal -> Bodies.answer(context, 400, refusal), () -> context.status(202));
        } else if (method.equals("tools/call")) {
            stream(context, message, session, modern);
        } else {
            Optional<ObjectNode> answer = protocol.serve(session, message, notification -> {});
            int status = modern && !McpProtocol.knows(method) ? 404 : 200;
            Bodies.answer(context, status, answer.orElseGet(Json::object));
        }
    }

    /** A modern request says its version, method and name in headers too, and both must agree. */
    private static Optional<McpError> headersOf(Context context, JsonNode message) {
        String version = McpProtocol.versionOf(message);
        if (!version.equals(McpProtocol.MODERN)) {
            return Optional.of(new McpError(
                    McpError.UNSUPPORTED_VERSION,
                    "protocol version must be " + McpProtocol.MODERN + " but was another"));
        }
        boolean agree = version.equals(context.header("MCP-Protocol-Version"))
                && message.path("method").asText().equals(context.header("Mcp-Method"))
                && (!message.path("params").path("name").isTextual()
                        || message.path("params").path("name").asText().equals(context.header("Mcp-Name")));
        return agree
                ? Optional.empty()
                : Optional.of(new McpError(
                        McpError.HEADER_MISMATCH,
                        "headers MCP-Protocol-Version, Mcp-Method and Mcp-Name must say what the body says"));
    }

    private String newId() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** A client of the modern era cancels a call by closing its stream. */
    private void stream(Context context, JsonNode message, String session, boolean modern) {
        AtomicReference<EventStream> opened = new AtomicReference<>();
        EventStream stream = EventStream.open(context, modern ? LOOK_FOR_CLIENT : KEEP_ALIVE, () -> {
            EventStream own = opened.get();
            if (modern && own != null && own.isCut()) {
                protocol.cancel(session, message.path("id"));
            }
        });
        opened.set(stream);
        try {
            calls.execute(() -> {
                protocol.serve(session, message, notification -> send(stream, notification))
                        .ifPresent(answer -> send(stream, answer));
                stream.end();
            });
        } catch (RejectedExecutionException e) {
            send(
                    stream,
                    McpProtocol.error(
                            message.path("id"),
                            new McpError(
                                    McpError.INTERNAL, "at most " + MAX_CALLS + " calls may run; try again later")));
            stream.end();
        }
    }

    private static void send(EventStream stream, ObjectNode message) {
        stream.send(null, "message", Json.text(message));
    }
}
