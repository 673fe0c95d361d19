package dev.triptych.discord.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.discord.simulator.Faults.Fault;
import dev.triptych.discord.simulator.Faults.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.MultipartReader;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/** The simulated REST API, version 10, and the place of attachments. */
final class SimulatedRest extends Dispatcher {

    private static final long VIEW_CHANNEL = 1L << 10;
    private static final long SEND_MESSAGES = 1L << 11;
    private static final long MANAGE_MESSAGES = 1L << 13;
    private static final long ATTACH_FILES = 1L << 15;
    private static final long READ_MESSAGE_HISTORY = 1L << 16;
    /** Discord counts code points. */
    private static final int MOST_CHARACTERS = 2000;

    private static final int MOST_EMBED_CHARACTERS = 6000;
    private static final int MOST_FILES = 10;
    private static final long SLOW_MILLIS = 1500;
    private static final long DRIP_MILLIS = 200;

    private final SimulatedDiscord discord;
    private final Map<String, Interaction> interactions = new HashMap<>();
    private final Map<String, ObjectNode> commands = new LinkedHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final Map<String, long[]> buckets = new HashMap<>();

    SimulatedRest(SimulatedDiscord discord) {
        this.discord = discord;
    }

    int requests() {
        return requests.get();
    }

    /** What an interaction's token may do: one message of its own. */
    private static final class Interaction {
        private final SimulatedUser application;
        private final String channel;
        private @Nullable String original;
        private boolean acknowledged;

        private Interaction(SimulatedUser application, String channel) {
            this.application = application;
            this.channel = channel;
        }
    }

    /** A request, taken apart. */
    private record Call(
            String method,
            List<String> path,
            HttpUrl url,
            SimulatedUser user,
            ObjectNode body,
            List<SimulatedFile> files) {
        String part(int index) {
            return index < path.size() ? path.get(index) : "";
        }

        boolean is(String wanted, String... parts) {
            if (!method.equals(wanted) || path.size() != parts.length) {
                return false;
            }
            for (int i = 0; i < parts.length; i++) {
                if (!parts[i].equals("*") && !parts[i].equals(path.get(i))) {
                    return false;
                }
            }
            return true;
        }
    }

    @Override
    public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
        // The server remembers every request for a test to take; nobody takes them here.
        RecordedRequest served;
        do {
            served = discord.server().takeRequest(0, TimeUnit.MILLISECONDS);
        } while (served != null);
        String path = request.getUrl().encodedPath();
        if (path.startsWith("/gateway/")) {
            boolean version = "10".equals(request.getUrl().queryParameter("v"));
            if (!version || !"json".equals(request.getUrl().queryParameter("encoding"))) {
                return error(400, 0, "v must be 10 and encoding json");
            }
            boolean compress = "zlib-stream".equals(request.getUrl().queryParameter("compress"));
            return new MockResponse.Builder()
                    .webSocketUpgrade(discord.gateway().accept(compress))
                    .build();
        }
        if (path.startsWith("/attachments/")) {
            return attachment(request.getUrl());
        }
        if (!path.startsWith("/api/v10/")) {
            return error(404, 0, "no such place");
        }
        return rest(request);
    }

    private MockResponse rest(RecordedRequest request) {
        requests.incrementAndGet();
        String authorization = request.getHeaders().get("Authorization");
        HttpUrl url = request.getUrl();
        List<String> path = url.pathSegments().subList(2, url.pathSegments().size());
        boolean byToken = path.get(0).equals("interactions") || path.get(0).equals("webhooks");
        Optional<SimulatedUser> user =
                authorization == null ? Optional.empty() : discord.byToken(authorization.replaceFirst("^Bot ", ""));
        if (user.isEmpty() && !byToken) {
            return error(401, 0, "401: Unauthorized");
        }
        List<SimulatedFile> files = new ArrayList<>();
        ObjectNode body = body(request, files);
        SimulatedUser caller = user.orElseGet(() -> new SimulatedUser("0", "nobody", "", false));
        Call call = new Call(request.getMethod() + "", path, url, caller, body, files);
        boolean posts = call.is("POST", "channels", "*", "messages");
        return withFault(discord.faults().at(posts ? Place.POST_MESSAGE : Place.OTHER_REST), call, () -> answer(call));
    }

    private MockResponse withFault(Fault fault, Call call, Supplier<MockResponse> work) {
        return switch (fault) {
            case ERROR_BEFORE -> error(500, 0, "internal error");
            case ERROR_AFTER -> instead(work.get(), error(502, 0, "bad gateway"));
            case SILENCE_BEFORE -> silence();
            case SILENCE_AFTER -> instead(work.get(), silence());
            case SLOW_AFTER ->
                work.get()
                        .newBuilder()
                        .headersDelay(SLOW_MILLIS, TimeUnit.MILLISECONDS)
                        .build();
            case LIMITED_USER -> limited("user", 0.05, false);
            case LIMITED_LONG -> limited("user", 60, false);
            case LIMITED_SHARED -> limited("shared", 0.05, false);
            case LIMITED_GLOBAL -> limited("global", 0.03, true);
            case LIMITED_CLOUDFLARE ->
                new MockResponse.Builder()
                        .code(429)
                        .setHeader("Content-Type", "text/html")
                        .setHeader("Retry-After", "1")
                        .body("<html>error 1015</html>")
                        .build();
            case UNAUTHORIZED -> error(401, 0, "401: Unauthorized");
            case FORBIDDEN -> error(403, 50013, "Missing Permissions");
            case CHANNEL_GONE -> error(404, 10003, "Unknown Channel");
            case TOO_LARGE -> error(413, 40005, "Request entity too large");
            default -> overLimit(call).orElseGet(work);
        };
    }

    /** The work is done, but its answer is not the one that arrives. */
    private static MockResponse instead(MockResponse done, MockResponse arrives) {
        return done.getCode() == 401 ? done : arrives;
    }

    private static MockResponse silence() {
        return new MockResponse.Builder()
                .onResponseStart(new SocketEffect.CloseSocket())
                .build();
    }

    private static MockResponse limited(String scope, double seconds, boolean global) {
        ObjectNode body = Nodes.object()
                .put("message", "You are being rate limited.")
                .put("code", 0)
                .put("retry_after", seconds)
                .put("global", global);
        MockResponse.Builder answer =
                json(429, body).newBuilder().setHeader("Retry-After", "0").setHeader("X-RateLimit-Scope", scope);
        if (global) {
            answer.setHeader("X-RateLimit-Global", "true");
        }
        return answer.build();
    }

    /** Five messages a second and channel would slow the tests down; the limit is real but wide. */
    private synchronized Optional<MockResponse> overLimit(Call call) {
        long window = discord.nowMillis() / 1000;
        String bucket = bucket(call);
        long[] state = buckets.computeIfAbsent(bucket, unused -> new long[] {window, 0});
        if (state[0] != window) {
            state[0] = window;
            state[1] = 0;
        }
        state[1]++;
        if (state[1] > LIMIT) {
            double left = (1000 - discord.nowMillis() % 1000) / 1000.0;
            return Optional.of(limited("user", left, false));
        }
        return Optional.empty();
    }

    private static final int LIMIT = 400;

    private static String bucket(Call call) {
        StringBuilder name = new StringBuilder(call.method());
        for (int i = 0; i < call.path().size(); i++) {
            boolean major = i == 1;
            String part = call.path().get(i);
            name.append('/').append(!major && part.matches("\\d+") ? "{}" : part);
        }
        return call.user().id() + " " + name;
    }

    // Endpoints.

    private MockResponse answer(Call call) {
        if (call.is("GET", "gateway")) {
            return limitsOf(call, json(200, Nodes.object().put("url", discord.gatewayUrl())));
        }
        if (call.is("GET", "gateway", "bot")) {
            ObjectNode json = Nodes.object().put("url", discord.gatewayUrl()).put("shards", 1);
            json.putObject("session_start_limit")
                    .put("total", 1000)
                    .put("remaining", discord.gateway().sessionsLeft())
                    .put("reset_after", discord.gateway().sessionsResetMillis())
                    .put("max_concurrency", 1);
            return limitsOf(call, json(200, json));
        }
        return limitsOf(
                call,
                switch (call.part(0)) {
                    case "users" -> users(call);
                    case "applications", "oauth2" -> applications(call);
                    case "guilds" -> guilds(call);
                    case "channels" -> channels(call);
                    case "interactions" -> callback(call);
                    case "webhooks" -> webhook(call);
                    default -> error(404, 0, "404: Not Found");
                });
    }

    private synchronized MockResponse limitsOf(Call call, MockResponse answer) {
        long used = buckets.getOrDefault(bucket(call), new long[] {0, 0})[1];
        double resetAfter = (1000 - discord.nowMillis() % 1000) / 1000.0;
        return answer.newBuilder()
                .setHeader("X-RateLimit-Limit", Integer.toString(LIMIT))
                .setHeader("X-RateLimit-Remaining", Long.toString(Math.max(0, LIMIT - used)))
                .setHeader("X-RateLimit-Reset", Double.toString(discord.nowMillis() / 1000.0 + resetAfter))
                .setHeader("X-RateLimit-Reset-After", Double.toString(resetAfter))
                .setHeader(
                        "X-RateLimit-Bucket", Integer.toHexString(bucket(call).hashCode()))
                .build();
    }

    private MockResponse users(Call call) {
        if (call.is("GET", "users", "@me")) {
            return json(200, call.user().json().put("mfa_enabled", false).put("locale", "en-US"));
        }
        return discord.user(call.part(1))
                .map(user -> json(200, user.json()))
                .orElseGet(() -> error(404, 10013, "Unknown User"));
    }

    private MockResponse applications(Call call) {
        if (call.is("GET", "applications", "@me") || call.is("GET", "oauth2", "applications", "@me")) {
            return json(200, application(call.user()));
        }
        if (call.part(call.path().size() - 1).equals("commands")) {
            return commands(call);
        }
        return error(404, 0, "404: Not Found");
    }

    private ObjectNode application(SimulatedUser bot) {
        ObjectNode json = Nodes.object()
                .put("id", bot.id())
                .put("name", bot.name())
                .putNull("icon")
                .put("description", "")
                .putNull("type")
                .put("bot_public", true)
                .put("bot_require_code_grant", false)
                .put("verify_key", "00")
                .put("flags", bot.applicationFlags())
                .put("flags_new", Integer.toString(bot.applicationFlags()))
                .putNull("interactions_endpoint_url")
                .putNull("role_connections_verification_url")
                .put("approximate_guild_count", 1)
                .put("approximate_user_install_count", 0)
                .put("approximate_user_authorization_count", 0)
                .put("explicit_content_filter", 0)
                .putNull("team");
        json.set("owner", bot.json());
        json.putArray("redirect_uris");
        json.putArray("eligible_oauth2_scopes");
        return json;
    }

    private synchronized MockResponse commands(Call call) {
        if (call.method().equals("GET")) {
            ArrayNode all = Nodes.array();
            commands.values().forEach(all::add);
            return json(200, all);
        }
        if (call.method().equals("PUT")) {
            ArrayNode all = Nodes.array();
            call.body().path("list").forEach(command -> all.add(command(call, command)));
            return json(200, all);
        }
        return json(201, command(call, call.body()));
    }

    private ObjectNode command(Call call, JsonNode wanted) {
        ObjectNode command = wanted.deepCopy();
        command.put("id", discord.nextId())
                .put("application_id", call.user().id())
                .put("version", discord.nextId())
                .putNull("default_member_permissions");
        command.put("type", wanted.path("type").asInt(1));
        command.put("description", wanted.path("description").asText(""));
        commands.put(call.user().id() + " " + wanted.path("name").asText(), command);
        return command;
    }

    private MockResponse guilds(Call call) {
        if (!call.part(1).equals(discord.guild())) {
            return error(404, 10004, "Unknown Guild");
        }
        if (call.is("GET", "guilds", "*")) {
            return json(200, discord.guildJson());
        }
        if (call.is("GET", "guilds", "*", "roles")) {
            return json(200, Nodes.array().add(discord.everyone()));
        }
        if (call.is("GET", "guilds", "*", "members", "*")) {
            Optional<SimulatedUser> user = discord.user(call.part(3));
            return user.map(found -> json(200, found.member().<ObjectNode>set("user", found.json())))
                    .orElseGet(() -> error(404, 10007, "Unknown Member"));
        }
        return error(404, 0, "404: Not Found");
    }

    private MockResponse channels(Call call) {
        Optional<ObjectNode> channel = discord.channel(call.part(1));
        if (channel.isEmpty()) {
            return error(404, 10003, "Unknown Channel");
        }
        if (lacks(VIEW_CHANNEL) || discord.isExpelled(call.user().id())) {
            return error(403, 50001, "Missing Access");
        }
        if (call.is("GET", "channels", "*")) {
            return json(200, channel.get());
        }
        if (call.is("POST", "channels", "*", "messages")) {
            return create(call);
        }
        if (call.is("POST", "channels", "*", "typing")) {
            return new MockResponse.Builder().code(204).build();
        }
        if (call.is("GET", "channels", "*", "messages")) {
            return history(call);
        }
        return oneMessage(call);
    }

    private boolean lacks(long permission) {
        return (discord.permissions() & permission) == 0;
    }

    private MockResponse create(Call call) {
        if (lacks(SEND_MESSAGES) || (lacks(ATTACH_FILES) && !call.files().isEmpty())) {
            return error(403, 50013, "Missing Permissions");
        }
        ObjectNode channel = discord.channel(call.part(1)).orElseThrow();
        if (FORUMS.contains(channel.path("type").asInt())) {
            return error(400, 50008, "Cannot send messages in a non-text channel");
        }
        if (channel.path("thread_metadata").path("archived").asBoolean(false)) {
            return error(400, 50083, "Tried to perform an operation on an archived thread");
        }
        Optional<String> wrong = whatIsWrongWith(call.body(), call.files());
        if (wrong.isPresent()) {
            return invalid(wrong.get());
        }
        if (call.body().path("content").asText("").isEmpty()
                && call.files().isEmpty()
                && call.body().path("embeds").isEmpty()) {
            return error(400, 50006, "Cannot send an empty message");
        }
        if (call.body().has("message_reference") && lacks(READ_MESSAGE_HISTORY)) {
            return error(403, 160002, "Cannot reply without permission to read message history");
        }
        for (SimulatedFile file : call.files()) {
            if (file.bytes().length > discord.uploadLimit()) {
                return error(413, 40005, "Request entity too large");
            }
        }
        JsonNode allowed = call.body().path("allowed_mentions");
        if (allowed.path("parse").toString().contains("users")
                && !allowed.path("users").isEmpty()) {
            return invalid("allowed_mentions");
        }
        JsonNode reference = call.body().path("message_reference");
        boolean mustExist = reference.path("fail_if_not_exists").asBoolean(true);
        String target = reference.path("message_id").asText("");
        ObjectNode body = call.body();
        if (!target.isEmpty() && discord.message(call.part(1), target).isEmpty()) {
            if (mustExist) {
                return invalid("message_reference");
            }
            body = body.deepCopy();
            body.remove("message_reference");
        }
        ObjectNode message = discord.post(call.part(1), call.user(), body, call.files());
        return json(200, discord.signed(message.deepCopy()));
    }

    private static final Set<Integer> FORUMS = Set.of(15, 16);

    /** The field of a message that Discord would not accept. */
    private static Optional<String> whatIsWrongWith(ObjectNode body, List<SimulatedFile> files) {
        if (codePoints(body.path("content")) > MOST_CHARACTERS) {
            return Optional.of("content");
        }
        if (body.path("nonce").asText("").length() > 25) {
            return Optional.of("nonce");
        }
        if (files.size() > MOST_FILES) {
            return Optional.of("attachments");
        }
        int total = 0;
        for (JsonNode embed : body.path("embeds")) {
            total += codePoints(embed.path("title")) + codePoints(embed.path("description"));
            if (codePoints(embed.path("title")) > 256 || codePoints(embed.path("description")) > 4096) {
                return Optional.of("embeds");
            }
        }
        if (total > MOST_EMBED_CHARACTERS || body.path("embeds").size() > 10) {
            return Optional.of("embeds");
        }
        return body.path("components").size() > 5
                ? Optional.of("components")
                : whatIsWrongWith(body.path("components"));
    }

    private static Optional<String> whatIsWrongWith(JsonNode rows) {
        for (JsonNode row : rows) {
            boolean tooMany = row.path("components").size() > 5;
            for (JsonNode button : row.path("components")) {
                boolean tooLong = codePoints(button.path("label")) > 80 || codePoints(button.path("custom_id")) > 100;
                if (tooMany || tooLong) {
                    return Optional.of("components");
                }
            }
        }
        return Optional.empty();
    }

    private static int codePoints(JsonNode text) {
        String value = text.asText("");
        return value.codePointCount(0, value.length());
    }

    private static MockResponse invalid(String field) {
        ObjectNode body = Nodes.object().put("code", 50035).put("message", "Invalid Form Body");
        body.putObject("errors")
                .putObject(field)
                .putArray("_errors")
                .addObject()
                .put("code", "INVALID")
                .put("message", "");
        return json(400, body);
    }

    private MockResponse history(Call call) {
        Optional<String> wrong = whatIsWrongWithQuery(call);
        if (wrong.isPresent()) {
            return invalid(wrong.get());
        }
        if (lacks(READ_MESSAGE_HISTORY)) {
            return json(200, Nodes.array());
        }
        int limit = parameter(call, "limit").isEmpty() ? 50 : Integer.parseInt(parameter(call, "limit"));
        ArrayNode all = Nodes.array();
        discord.messages(call.part(1), parameter(call, "after"), parameter(call, "before"), limit)
                .forEach(message -> all.add(visible(message, call.user())));
        return json(200, all);
    }

    /** The part of a history's query that Discord would not accept. */
    private static Optional<String> whatIsWrongWithQuery(Call call) {
        String limit = parameter(call, "limit");
        if (!limit.isEmpty() && !limit.matches("[1-9]\\d?|100")) {
            return Optional.of("limit");
        }
        List<String> places = List.of("around", "before", "after").stream()
                .filter(name -> !parameter(call, name).isEmpty())
                .toList();
        return places.stream()
                .filter(name -> places.size() > 1 || !parameter(call, name).matches("\\d{1,19}"))
                .findFirst();
    }

    private static String parameter(Call call, String name) {
        String value = call.url().queryParameter(name);
        return value == null ? "" : value;
    }

    private static ObjectNode visible(ObjectNode message, SimulatedUser to) {
        boolean own = message.path("author").path("id").asText().equals(to.id());
        boolean mentioned = message.path("mentions").findValuesAsText("id").contains(to.id());
        return own || mentioned || to.mayReadContent() ? message : SimulatedGateway.blanked(message);
    }

    private MockResponse oneMessage(Call call) {
        String channel = call.part(1);
        String id = call.part(3);
        if (lacks(READ_MESSAGE_HISTORY) && call.method().equals("GET")) {
            return error(403, 50013, "Missing Permissions");
        }
        Optional<ObjectNode> message = discord.message(channel, id);
        if (message.isEmpty()) {
            return error(404, 10008, "Unknown Message");
        }
        boolean own = message.get()
                .path("author")
                .path("id")
                .asText()
                .equals(call.user().id());
        return switch (call.method()) {
            case "GET" -> json(200, visible(message.get(), call.user()));
            case "PATCH" -> {
                if (!own) {
                    yield error(403, 50005, "Cannot edit a message authored by another user");
                }
                Optional<String> wrong = whatIsWrongWith(call.body(), call.files());
                if (wrong.isPresent()) {
                    yield invalid(wrong.get());
                }
                discord.edit(channel, id, call.body(), call.files());
                yield json(200, discord.message(channel, id).orElseThrow());
            }
            case "DELETE" -> {
                if (!own && lacks(MANAGE_MESSAGES)) {
                    yield error(403, 50013, "Missing Permissions");
                }
                discord.delete(channel, id);
                yield new MockResponse.Builder().code(204).build();
            }
            default -> error(405, 0, "405: Method Not Allowed");
        };
    }

    // Interactions.

    /** Makes a token by which {@code application} may answer. */
    synchronized String openInteraction(SimulatedUser application, String channel) {
        String token = "interaction-token-" + discord.nextId();
        interactions.put(token, new Interaction(application, channel));
        return token;
    }

    private synchronized @Nullable Interaction interaction(String token) {
        return interactions.get(token);
    }

    private MockResponse callback(Call call) {
        Interaction interaction = interaction(call.part(2));
        if (interaction == null) {
            return error(404, 10062, "Unknown interaction");
        }
        int type = call.body().path("type").asInt();
        JsonNode content = call.body().path("data");
        Optional<String> wrong = content.isObject() && (type == 4 || type == 7)
                ? whatIsWrongWith((ObjectNode) content, call.files())
                : Optional.empty();
        if (wrong.isPresent()) {
            return invalid(wrong.get());
        }
        synchronized (this) {
            if (interaction.acknowledged) {
                return error(400, 40060, "Interaction has already been acknowledged.");
            }
            interaction.acknowledged = true;
        }
        discord.answered(call.part(1), call.body());
        if (type == 4 && (content.path("flags").asInt() & 64) == 0) {
            ObjectNode made = discord.post(
                    interaction.channel, interaction.application, (ObjectNode) content.deepCopy(), call.files());
            interaction.original = made.path("id").asText();
        }
        if (type == 5 && (content.path("flags").asInt() & 64) == 0) {
            ObjectNode thinking = Nodes.object().put("content", "").put("flags", 128);
            interaction.original = discord.post(interaction.channel, interaction.application, thinking, List.of())
                    .path("id")
                    .asText();
        }
        if ("true".equals(call.url().queryParameter("with_response"))) {
            ObjectNode answer = Nodes.object();
            answer.putObject("interaction").put("id", call.part(1)).put("type", 2);
            return json(200, answer);
        }
        return new MockResponse.Builder().code(204).build();
    }

    private MockResponse webhook(Call call) {
        Interaction interaction = interaction(call.part(2));
        if (interaction == null) {
            return error(404, 10015, "Unknown Webhook");
        }
        if (call.path().size() == 3 && call.method().equals("POST")) {
            boolean secret = (call.body().path("flags").asInt() & 64) != 0;
            ObjectNode made = secret
                    ? Nodes.object().put("id", discord.nextId())
                    : discord.post(interaction.channel, interaction.application, call.body(), call.files());
            return json(200, made);
        }
        String original = call.part(4).equals("@original") ? interaction.original : call.part(4);
        if (original == null) {
            return error(404, 10008, "Unknown Message");
        }
        return switch (call.method()) {
            case "PATCH" ->
                discord.edit(interaction.channel, original, call.body(), call.files())
                        .map(message -> json(200, discord.signed(message)))
                        .orElseGet(() -> error(404, 10008, "Unknown Message"));
            case "DELETE" -> {
                discord.delete(interaction.channel, original);
                yield new MockResponse.Builder().code(204).build();
            }
            default ->
                discord.message(interaction.channel, original)
                        .map(message -> json(200, message))
                        .orElseGet(() -> error(404, 10008, "Unknown Message"));
        };
    }

    // Attachments.

    private MockResponse attachment(HttpUrl url) {
        Optional<SimulatedFile> file = discord.file(url.encodedPath());
        Fault fault = discord.faults().at(Place.CDN);
        if (file.isEmpty() || fault == Fault.NOT_FOUND) {
            return new MockResponse.Builder()
                    .code(404)
                    .body("This content is no longer available.")
                    .build();
        }
        String expiry = url.queryParameter("ex");
        boolean expired = expiry == null || Long.parseLong(expiry, 16) < discord.nowMillis();
        if (expired || fault == Fault.EXPIRED) {
            return new MockResponse.Builder().code(403).build();
        }
        byte[] bytes = file.get().bytes();
        return switch (fault) {
            case TRUNCATED -> file(file.get().mediaType(), bytes, bytes.length / 2);
            case EMPTY -> file(file.get().mediaType(), bytes, 0);
            case WRONG_TYPE ->
                new MockResponse.Builder()
                        .setHeader("Content-Type", "text/html")
                        .body("<html>")
                        .build();
            case REDIRECT ->
                new MockResponse.Builder()
                        .code(302)
                        .setHeader("Location", "http://localhost:1/elsewhere.png")
                        .build();
            case STALLED ->
                file(file.get().mediaType(), bytes, bytes.length)
                        .newBuilder()
                        .onResponseBody(SocketEffect.Stall.INSTANCE)
                        .build();
            case DRIPPING ->
                file(file.get().mediaType(), bytes, bytes.length)
                        .newBuilder()
                        .throttleBody(1, DRIP_MILLIS, TimeUnit.MILLISECONDS)
                        .build();
            case HUGE -> file(file.get().mediaType(), new byte[bytes.length + (1 << 20)], bytes.length + (1 << 20));
            default -> file(file.get().mediaType(), bytes, bytes.length);
        };
    }

    private static MockResponse file(String type, byte[] bytes, int length) {
        return new MockResponse.Builder()
                .setHeader("Content-Type", type)
                .body(new Buffer().write(bytes, 0, length))
                .build();
    }

    // Bodies.

    private static ObjectNode body(RecordedRequest request, List<SimulatedFile> files) {
        okio.ByteString bytes = request.getBody();
        String type = request.getHeaders().get("Content-Type");
        if (bytes == null || bytes.size() == 0 || type == null) {
            return Nodes.object();
        }
        if (!type.startsWith("multipart/")) {
            JsonNode json = Nodes.read(bytes.utf8());
            return json.isObject() ? (ObjectNode) json : Nodes.object().set("list", json);
        }
        try {
            return parts(new Buffer().write(bytes), type, files);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static ObjectNode parts(Buffer body, String type, List<SimulatedFile> files) throws IOException {
        ObjectNode payload = Nodes.object();
        String boundary = MediaType.get(type).parameter("boundary");
        try (MultipartReader reader = new MultipartReader(body, boundary + "")) {
            for (MultipartReader.Part part = reader.nextPart(); part != null; part = reader.nextPart()) {
                String disposition = part.headers().get("Content-Disposition") + "";
                if (disposition.contains("name=\"payload_json\"")) {
                    payload = (ObjectNode) Nodes.read(part.body().readUtf8());
                } else {
                    String name = disposition.replaceFirst(".*filename=\"([^\"]*)\".*", "$1");
                    String media = part.headers().get("Content-Type");
                    files.add(new SimulatedFile(
                            name, mediaType(media, name), part.body().readByteArray()));
                }
            }
        }
        return payload;
    }

    /** Discord looks at the file itself; the name is as good here. */
    private static String mediaType(@Nullable String said, String name) {
        return name.endsWith(".png") ? "image/png" : said == null ? "application/octet-stream" : said;
    }

    private static MockResponse json(int code, JsonNode body) {
        return new MockResponse.Builder()
                .code(code)
                .setHeader("Content-Type", "application/json")
                .setHeader("via", "1.1 google")
                .body(body.toString())
                .build();
    }

    private static MockResponse error(int code, int discordCode, String message) {
        return json(code, Nodes.object().put("code", discordCode).put("message", message));
    }
}
