package dev.triptych.discord;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.Cancellation;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Discord's REST API, version 10. A 429 is waited out, since Discord then did nothing; every other failure goes to the
 * caller, who knows whether the call may be repeated. After the first 401 no further call leaves this process.
 * Thread-safe.
 */
final class DiscordRest {

    private static final MediaType JSON = MediaType.get("application/json");
    /** How long to stay away after a 429 that says nothing, such as Cloudflare's page. */
    private static final long SILENT_LIMIT_MILLIS = 60_000;

    private static final long SLACK_MILLIS = 20;
    private static final int READ_ATTEMPTS = 4;
    private static final long RETRY_MILLIS = 50;
    /** Discord asks for this form: an address and a version. */
    private static final String USER_AGENT = "DiscordBot (https://triptych.dev, 0.1)";

    private final OkHttpClient http;
    private final HttpUrl base;
    private final String token;
    private final RateGate gate;
    private final MonotonicTime time;
    private final long exchangeMillis;
    private volatile boolean revoked;

    /** @param exchangeMillis the longest one exchange may take; waits for a rate limit come on top of it */
    DiscordRest(OkHttpClient http, HttpUrl base, String token, MonotonicTime time, long exchangeMillis) {
        this.http = http;
        this.base = base;
        this.token = token;
        this.gate = new RateGate(time);
        this.time = time;
        this.exchangeMillis = exchangeMillis;
    }

    /** GET or DELETE {@code route}; a lost answer is asked for again, since that changes nothing. */
    JsonNode call(Route route, CallScope scope) throws RestFailure {
        for (int attempt = 1; ; attempt++) {
            try {
                return send(route, null, scope);
            } catch (RestFailure e) {
                long wait = RETRY_MILLIS << attempt;
                boolean inTime = time.millis() + wait < scope.deadline();
                if (e.kind() != RestFailure.Kind.UNAVAILABLE || attempt == READ_ATTEMPTS || !inTime) {
                    throw e;
                }
                scope.sleep(time, wait, route.toString());
            }
        }
    }

    /** POST or PATCH {@code body} to {@code route}. */
    JsonNode call(Route route, JsonNode body, CallScope scope) throws RestFailure {
        return send(route, RequestBody.create(body.toString(), JSON), scope);
    }

    /** POST {@code body} with files to {@code route}. */
    JsonNode call(Route route, ObjectNode body, List<Upload> files, CallScope scope) throws RestFailure {
        if (files.isEmpty()) {
            return call(route, body, scope);
        }
        ObjectNode payload = body.deepCopy();
        ArrayNode attachments = payload.putArray("attachments");
        MultipartBody.Builder parts = new MultipartBody.Builder().setType(MultipartBody.FORM);
        for (int i = 0; i < files.size(); i++) {
            attachments.addObject().put("id", i).put("filename", files.get(i).filename());
        }
        parts.addFormDataPart("payload_json", null, RequestBody.create(payload.toString(), JSON));
        for (int i = 0; i < files.size(); i++) {
            Upload file = files.get(i);
            RequestBody content = RequestBody.create(file.bytes(), MediaType.get(file.mediaType()));
            parts.addFormDataPart("files[" + i + "]", file.filename(), content);
        }
        return send(route, parts.build(), scope);
    }

    /** Whether Discord has refused the token. */
    boolean isRevoked() {
        return revoked;
    }

    private JsonNode send(Route route, @Nullable RequestBody body, CallScope scope) throws RestFailure {
        while (true) {
            if (revoked) {
                throw unauthorized(route);
            }
            gate.enter(route, scope);
            announce(route, scope);
            Reply reply = once(route, body, scope);
            if (reply.status != 429) {
                return read(route, reply);
            }
            scope.watch().refused();
            waitOut(route, reply, scope);
        }
    }

    private void announce(Route route, CallScope scope) {
        try {
            scope.watch().sending();
        } catch (RuntimeException e) {
            gate.unanswered(route);
            throw e;
        }
    }

    /** One exchange; {@code via} tells Discord's own 429 from Cloudflare's. */
    private record Reply(
            int status, String body, boolean json, @Nullable Double retryAfter, boolean global) {}

    @SuppressWarnings("try") // The registration is there to be closed.
    private Reply once(Route route, @Nullable RequestBody body, CallScope scope) throws RestFailure {
        Request request = new Request.Builder()
                .url(resolve(route))
                .header("Authorization", "Bot " + token)
                .header("User-Agent", USER_AGENT)
                .method(route.method(), body == null && needsBody(route) ? RequestBody.create("", JSON) : body)
                .build();
        Call call = http.newCall(request);
        long left = Math.min(exchangeMillis, scope.deadline() - time.millis());
        call.timeout().timeout(Math.max(1, left), TimeUnit.MILLISECONDS);
        try (Cancellation.Registration registration = scope.cancellation() == null
                        ? () -> {}
                        : scope.cancellation().onCancel(call::cancel);
                Response response = call.execute()) {
            String text = response.body().string();
            gate.answered(route, response.code(), response.headers());
            String type = response.header("Content-Type", "");
            boolean global = "true".equalsIgnoreCase(response.header("X-RateLimit-Global"));
            return new Reply(
                    response.code(),
                    text,
                    type != null && type.contains("json"),
                    RateGate.number(response.headers(), "Retry-After"),
                    global);
        } catch (ConnectException | UnknownHostException | NoRouteToHostException e) {
            gate.unanswered(route);
            throw new RestFailure(RestFailure.Kind.UNREACHABLE, route + " could not connect to " + base.host(), e);
        } catch (IOException e) {
            gate.unanswered(route);
            if (scope.isCancelled() || Thread.currentThread().isInterrupted()) {
                throw new RestFailure(RestFailure.Kind.CANCELLED, route + " was cancelled", e);
            }
            throw new RestFailure(RestFailure.Kind.UNAVAILABLE, route + " got no answer from " + base.host(), e);
        }
    }

    private HttpUrl resolve(Route route) {
        HttpUrl url = base.resolve(route.path());
        if (url == null) {
            throw new IllegalArgumentException("rest-base must end where endpoints begin but was " + base);
        }
        return url;
    }

    private static boolean needsBody(Route route) {
        return route.method().equals("POST") || route.method().equals("PATCH");
    }

    private void waitOut(Route route, Reply reply, CallScope scope) throws RestFailure {
        JsonNode body = reply.json ? parse(route, reply) : Json.object();
        double seconds = body.path("retry_after").asDouble(-1);
        if (reply.retryAfter != null) {
            seconds = Math.max(seconds, reply.retryAfter);
        }
        long wait = seconds < 0 ? SILENT_LIMIT_MILLIS : (long) Math.ceil(seconds * 1000) + SLACK_MILLIS;
        boolean global = reply.global || body.path("global").asBoolean(false) || !reply.json;
        gate.limited(route, wait, global);
        if (time.millis() + wait > scope.deadline()) {
            throw new RestFailure(
                    RestFailure.Kind.LIMITED,
                    route + " must wait " + wait + " ms, says Discord, but the deadline is before that",
                    429,
                    body.path("code").asInt(-1),
                    wait);
        }
        if (!route.counted() && global) {
            scope.sleep(time, wait, route.toString());
        }
    }

    private JsonNode read(Route route, Reply reply) throws RestFailure {
        if (reply.status == 204) {
            return Json.object();
        }
        if (reply.status >= 200 && reply.status < 300) {
            return parse(route, reply);
        }
        if (reply.status == 401) {
            revoked = true;
            throw unauthorized(route);
        }
        if (reply.status >= 500) {
            throw new RestFailure(
                    RestFailure.Kind.UNAVAILABLE, route + " failed with HTTP " + reply.status, reply.status, -1);
        }
        if (!reply.json) {
            throw new RestFailure(
                    RestFailure.Kind.UNAVAILABLE,
                    route + " must answer with JSON but HTTP " + reply.status + " came with none",
                    reply.status,
                    -1);
        }
        JsonNode error = parse(route, reply);
        int code = error.path("code").asInt(-1);
        throw new RestFailure(kind(reply.status, code), explain(route, reply.status, code, error), reply.status, code);
    }

    private static RestFailure unauthorized(Route route) {
        return new RestFailure(
                RestFailure.Kind.UNAUTHORIZED, route + " needs a valid token but Discord refused it", 401, -1);
    }

    /** Discord's error codes: 40005 = request entity too large. */
    private static RestFailure.Kind kind(int status, int code) {
        if (status == 413 || code == 40005) {
            return RestFailure.Kind.TOO_LARGE;
        }
        return switch (status) {
            case 403 -> RestFailure.Kind.FORBIDDEN;
            case 404 -> RestFailure.Kind.NOT_FOUND;
            default -> RestFailure.Kind.BAD_REQUEST;
        };
    }

    private static String explain(Route route, int status, int code, JsonNode error) {
        String hint = HINTS.get(code);
        return route + " failed with HTTP " + status + ": "
                + (hint == null ? "Discord says code " + code + firstField(error) : hint);
    }

    /** What to do about Discord's error codes (its documentation, "Opcodes and Status Codes", "JSON"). */
    private static final Map<Integer, String> HINTS = Map.ofEntries(
            Map.entry(10003, "the channel does not exist, or the bot cannot see it"),
            Map.entry(10004, "the server does not exist, or the bot is not on it"),
            Map.entry(10008, "the message does not exist"),
            Map.entry(20028, "the channel gets messages faster than Discord allows"),
            Map.entry(40005, "the attachments are larger than the server allows"),
            Map.entry(50001, "the bot cannot see the channel (permission VIEW_CHANNEL)"),
            Map.entry(50008, "messages cannot be posted in a channel of this kind; name a text channel or a thread"),
            Map.entry(
                    50013,
                    "the bot lacks a permission in the channel (SEND_MESSAGES, ATTACH_FILES or READ_MESSAGE_HISTORY)"),
            Map.entry(50024, "this cannot be done in a channel of this kind; name a text channel or a thread"),
            Map.entry(50083, "the thread is archived; unarchive it, or name a channel that stays open"),
            Map.entry(160005, "the thread is locked; unlock it, or give the bot MANAGE_THREADS"),
            Map.entry(200000, "the server's AutoMod refused the message"));

    /** The name of the field that Discord objects to; never its value, which may be the prompt. */
    private static String firstField(JsonNode error) {
        return error.path("errors").fieldNames().hasNext()
                ? " about field " + error.path("errors").fieldNames().next()
                : "";
    }

    private static JsonNode parse(Route route, Reply reply) throws RestFailure {
        try {
            return Json.read(reply.body);
        } catch (JsonProcessingException e) {
            throw new RestFailure(
                    RestFailure.Kind.UNAVAILABLE,
                    route + " must answer with JSON but the answer cannot be read",
                    reply.status,
                    -1);
        }
    }
}
