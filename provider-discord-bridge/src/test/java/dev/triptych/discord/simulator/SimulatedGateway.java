package dev.triptych.discord.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.triptych.discord.simulator.Faults.Fault;
import dev.triptych.discord.simulator.Faults.Place;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okhttp3.internal.ws.RealWebSocket;
import okio.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The simulated gateway: sessions that outlive connections, sequence numbers, replay, zlib. Thread-safe. Whoever needs
 * both locks takes the server's before this one.
 */
public final class SimulatedGateway {

    private static final int GUILDS = 1;
    private static final int GUILD_MESSAGES = 1 << 9;
    private static final int MESSAGE_CONTENT = 1 << 15;
    private static final int MOST_KEPT = 5000;
    /** Discord closes a connection that sends a larger payload. */
    private static final int MOST_BYTES = 4096;
    /** Discord closes a connection that sends more payloads a minute. */
    private static final int MOST_SENDS = 120;

    private static final long VIEW_CHANNEL = 1L << 10;
    /** Opcodes that a bot may send before it has a session, and those that it may send then. */
    private static final Set<Integer> BEFORE_A_SESSION = Set.of(1, 2, 6);

    private static final Set<Integer> KNOWN = Set.of(1, 2, 3, 4, 6, 8, 31);

    private final SimulatedDiscord discord;
    private final Map<String, Session> sessions = new LinkedHashMap<>();
    private final List<Connection> connections = new ArrayList<>();
    private final ScheduledExecutorService alarms = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "simulated-gateway");
        thread.setDaemon(true);
        return thread;
    });
    private int heartbeatMillis = 41_250;
    private int patienceMillis = 5_000;
    private final List<Long> identifies = new ArrayList<>();
    private int sessionsADay = 1000;
    private int sessionsResetMillis = 3_600_000;
    private int resumes;
    private int heartbeats;
    private int splitAt = -1;

    SimulatedGateway(SimulatedDiscord discord) {
        this.discord = discord;
    }

    /** What hello says. */
    public synchronized void heartbeatMillis(int value) {
        heartbeatMillis = value;
    }

    /** How late a heartbeat may be before the connection is closed. */
    public synchronized void patienceMillis(int value) {
        patienceMillis = value;
    }

    /** Every compressed message goes out in two frames, cut at this byte; −1 = whole. */
    public synchronized void splitAt(int value) {
        splitAt = value;
    }

    /** How many identifies there were. */
    public synchronized int identifies() {
        return identifies.size();
    }

    /** When each identify came, in milliseconds of {@link System#nanoTime()}. */
    public synchronized List<Long> identifiedAt() {
        return List.copyOf(identifies);
    }

    /** How many new sessions GET /gateway/bot grants, and after how long there are more. */
    public synchronized void sessionLimit(int sessions, int resetMillis) {
        sessionsADay = sessions;
        sessionsResetMillis = resetMillis;
    }

    synchronized int sessionsLeft() {
        return Math.max(0, sessionsADay - identifies.size());
    }

    synchronized int sessionsResetMillis() {
        return sessionsResetMillis;
    }

    /** How many resumes there were. */
    public synchronized int resumes() {
        return resumes;
    }

    /** How many heartbeats there were. */
    public synchronized int heartbeats() {
        return heartbeats;
    }

    /** How many connections of {@code user} are up. */
    public synchronized long connections(String user) {
        return connections.stream()
                .filter(one -> one.session != null && one.session.user.id().equals(user))
                .count();
    }

    /** Closes every connection of {@code user} with {@code code}; its sessions live on. */
    public synchronized void closeAll(String user, int code) {
        for (Connection connection : List.copyOf(connections)) {
            if (connection.session != null && connection.session.user.id().equals(user)) {
                connection.end(code);
            }
        }
    }

    /** Breaks every connection of {@code user} without a word. */
    public synchronized void cutAll(String user) {
        for (Connection connection : List.copyOf(connections)) {
            if (connection.session != null && connection.session.user.id().equals(user)) {
                connection.cut();
            }
        }
    }

    /** Forgets every session: nobody can resume. */
    public synchronized void forgetSessions() {
        sessions.values().forEach(session -> session.connection = null);
        sessions.clear();
    }

    synchronized void forgetSent() {
        sessions.values().forEach(session -> session.sent.clear());
    }

    WebSocketListener accept(boolean compress) {
        return new Connection(compress);
    }

    /** Sends an event to every session that may have it. */
    synchronized void dispatch(String type, ObjectNode body) {
        boolean message = type.startsWith("MESSAGE_");
        boolean hidden = message && (discord.permissions() & VIEW_CHANNEL) == 0;
        for (Session session : List.copyOf(sessions.values())) {
            boolean wanted = (session.intents & (message ? GUILD_MESSAGES : GUILDS)) != 0;
            if (wanted && !hidden && !discord.isExpelled(session.user.id())) {
                session.take(type, session.visible(body));
            }
        }
    }

    /** Sends an event to the sessions of one user. */
    synchronized void send(String user, String type, ObjectNode body) {
        for (Session session : List.copyOf(sessions.values())) {
            if (session.user.id().equals(user)) {
                session.take(type, body);
            }
        }
    }

    synchronized void close() {
        alarms.shutdownNow();
        for (Connection connection : List.copyOf(connections)) {
            connection.cut();
        }
    }

    /** What a bot is told, whichever connection it has just now. */
    private final class Session {
        private final String id = "session-" + discord.nextId();
        private final SimulatedUser user;
        private final int intents;
        private final TreeMap<Long, String> sent = new TreeMap<>();
        private @Nullable Connection connection;
        private @Nullable String late;
        private long sequence;

        Session(SimulatedUser user, int intents, Connection connection) {
            this.user = user;
            this.intents = intents;
            this.connection = connection;
        }

        private boolean isOf(String token) {
            return discord.byToken(token)
                    .filter(owner -> owner.id().equals(user.id()))
                    .isPresent();
        }

        /** What this bot may see of a message (Discord's documentation, "Message Content Intent"). */
        private ObjectNode visible(ObjectNode body) {
            if (!body.has("author")) {
                return body;
            }
            boolean own = body.path("author").path("id").asText().equals(user.id());
            boolean mentioned = body.path("mentions").findValuesAsText("id").contains(user.id());
            if (own || mentioned || (intents & MESSAGE_CONTENT) != 0) {
                return body;
            }
            return blanked(body);
        }

        private void take(String type, JsonNode body) {
            Fault fault = type.startsWith("MESSAGE") ? discord.faults().at(Place.EVENT) : Fault.NONE;
            if (fault == Fault.LOST) {
                return;
            }
            boolean blank = fault == Fault.BLANK && body.has("author");
            String frame = frame(type, blank ? blanked((ObjectNode) body) : body);
            Connection to = connection;
            if (to == null) {
                return;
            }
            switch (fault) {
                case TWICE -> {
                    to.send(frame);
                    to.send(frame);
                }
                case LATE -> late = frame;
                case DROP -> to.cut();
                case DROP_SESSION -> {
                    sessions.remove(id);
                    to.cut();
                }
                case RECONNECT -> to.op(7, null);
                case INVALID_RESUMABLE -> to.op(9, true);
                case INVALID -> {
                    sessions.remove(id);
                    to.op(9, false);
                }
                case CORRUPT -> to.corrupt();
                default -> {
                    to.send(frame);
                    if (late != null) {
                        to.send(late);
                        late = null;
                    }
                }
            }
        }

        private String frame(String type, JsonNode body) {
            sequence++;
            ObjectNode frame = Nodes.object().put("op", 0).put("s", sequence).put("t", type);
            frame.set("d", body);
            String text = frame.toString();
            sent.put(sequence, text);
            if (sent.size() > MOST_KEPT) {
                sent.pollFirstEntry();
            }
            return text;
        }
    }

    static ObjectNode blanked(ObjectNode message) {
        ObjectNode blank = message.deepCopy().put("content", "");
        blank.putArray("attachments");
        blank.putArray("embeds");
        blank.putArray("components");
        return blank;
    }

    /** One WebSocket. */
    private final class Connection extends WebSocketListener {
        private final boolean compress;
        private final Deflater deflater = new Deflater();
        private @Nullable WebSocket socket;
        private final Deque<Long> sends = new ArrayDeque<>();
        private @Nullable Session session;
        private @Nullable ScheduledFuture<?> alarm;

        Connection(boolean compress) {
            this.compress = compress;
        }

        @Override
        public void onOpen(WebSocket webSocket, okhttp3.Response response) {
            synchronized (discord) {
                opened(webSocket);
            }
        }

        private void opened(WebSocket webSocket) {
            synchronized (SimulatedGateway.this) {
                socket = webSocket;
                connections.add(this);
                Fault fault = discord.faults().at(Place.CONNECT);
                if (fault == Fault.CLOSED) {
                    end(4000);
                } else if (fault == Fault.RECONNECT) {
                    op(7, null);
                } else {
                    ObjectNode hello = Nodes.object().put("op", 10).putNull("s").putNull("t");
                    hello.putObject("d").put("heartbeat_interval", heartbeatMillis);
                    send(hello.toString());
                    expectHeartbeat();
                }
            }
        }

        private void expectHeartbeat() {
            if (alarm != null) {
                alarm.cancel(false);
            }
            if (!alarms.isShutdown()) {
                alarm = alarms.schedule(this::missHeartbeat, heartbeatMillis + patienceMillis, TimeUnit.MILLISECONDS);
            }
        }

        private void missHeartbeat() {
            synchronized (discord) {
                synchronized (SimulatedGateway.this) {
                    if (connections.contains(this)) {
                        end(4009);
                    }
                }
            }
        }

        @Override
        public void onMessage(WebSocket webSocket, String text) {
            synchronized (discord) {
                synchronized (SimulatedGateway.this) {
                    if (connections.contains(this)) {
                        heard(text);
                    }
                }
            }
        }

        private void heard(String text) {
            int wrong = whatIsWrongWith(text);
            if (wrong != 0) {
                end(wrong);
                return;
            }
            heard(Nodes.read(text));
        }

        /** The code that Discord closes a connection with that sends {@code text}; 0 = none. */
        private int whatIsWrongWith(String text) {
            long now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
            while (!sends.isEmpty() && sends.getFirst() + 60_000 <= now) {
                sends.removeFirst();
            }
            sends.addLast(now);
            if (sends.size() > MOST_SENDS) {
                return 4008;
            }
            Optional<JsonNode> frame = Nodes.tryRead(text);
            if (text.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES || frame.isEmpty()) {
                return 4002;
            }
            int opcode = frame.get().path("op").asInt(-1);
            if (!KNOWN.contains(opcode)) {
                return 4001;
            }
            if (session == null) {
                return BEFORE_A_SESSION.contains(opcode) ? 0 : 4003;
            }
            return opcode == 2 || opcode == 6 ? 4005 : 0;
        }

        private void heard(JsonNode frame) {
            switch (frame.path("op").asInt()) {
                case 1 -> {
                    heartbeats++;
                    expectHeartbeat();
                    if (discord.faults().at(Place.HEARTBEAT) != Fault.NO_ACK) {
                        op(11, null);
                    }
                }
                case 2 -> identify(frame.path("d"));
                case 6 -> resume(frame.path("d"));
                default -> {
                    // Presence and the like change nothing here.
                }
            }
        }

        private void identify(JsonNode body) {
            identifies.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
            Fault fault = discord.faults().at(Place.IDENTIFY);
            if (fault == Fault.INVALID) {
                op(9, false);
                return;
            }
            SimulatedUser user = discord.byToken(body.path("token").asText()).orElse(null);
            int intents = body.path("intents").asInt();
            if (user == null) {
                end(4004);
            } else if ((intents & MESSAGE_CONTENT) != 0 && !user.mayReadContent()) {
                end(4014);
            } else {
                Session fresh = new Session(user, intents, this);
                session = fresh;
                sessions.put(fresh.id, fresh);
                send(fresh.frame("READY", ready(fresh)));
                send(fresh.frame("GUILD_CREATE", guildCreate()));
            }
        }

        private ObjectNode ready(Session fresh) {
            ObjectNode ready = Nodes.object()
                    .put("v", 10)
                    .put("session_id", fresh.id)
                    .put("resume_gateway_url", discord.gatewayUrl());
            ready.set("user", fresh.user.json());
            ready.putArray("guilds").addObject().put("id", discord.guild()).put("unavailable", true);
            ready.putArray("private_channels");
            ready.putObject("application").put("id", fresh.user.id()).put("flags", fresh.user.applicationFlags());
            return ready;
        }

        private ObjectNode guildCreate() {
            ObjectNode json = discord.guildJson()
                    .put("joined_at", "2026-01-01T00:00:00+00:00")
                    .put("large", false)
                    .put("unavailable", false)
                    .put("member_count", discord.users().size());
            ArrayNode members = json.putArray("members");
            for (SimulatedUser user : discord.users()) {
                ObjectNode member = user.member();
                member.set("user", user.json());
                members.add(member);
            }
            ArrayNode channels = json.putArray("channels");
            discord.channels().forEach(channels::add);
            json.putArray("threads");
            json.putArray("voice_states");
            json.putArray("presences");
            json.putArray("stage_instances");
            json.putArray("guild_scheduled_events");
            json.putArray("soundboard_sounds");
            return json;
        }

        private void resume(JsonNode body) {
            resumes++;
            Session known = sessions.get(body.path("session_id").asText());
            Fault fault = discord.faults().at(Place.RESUME);
            if (discord.byToken(body.path("token").asText()).isEmpty()) {
                end(4004);
            } else if (fault == Fault.CLOSED) {
                end(4000);
            } else if (known == null
                    || fault == Fault.INVALID
                    || !known.isOf(body.path("token").asText())) {
                op(9, false);
            } else if (body.path("seq").asLong() > known.sequence) {
                sessions.remove(known.id);
                end(4007);
            } else {
                session = known;
                known.connection = this;
                known.sent.tailMap(body.path("seq").asLong(), false).values().forEach(this::send);
                send(known.frame("RESUMED", Nodes.object()));
            }
        }

        private void op(int opcode, @Nullable Boolean body) {
            ObjectNode frame = Nodes.object().put("op", opcode).putNull("s").putNull("t");
            if (body == null) {
                frame.putNull("d");
            } else {
                frame.put("d", body);
            }
            send(frame.toString());
        }

        private void send(String text) {
            WebSocket to = socket;
            if (to == null) {
                return;
            }
            if (!compress) {
                to.send(text);
                return;
            }
            byte[] packed = deflate(text);
            int cut = splitAt < 0 ? packed.length : Math.min(splitAt, packed.length);
            to.send(ByteString.of(packed, 0, cut));
            if (cut < packed.length) {
                to.send(ByteString.of(packed, cut, packed.length - cut));
            }
        }

        private byte[] deflate(String text) {
            deflater.setInput(text.getBytes(StandardCharsets.UTF_8));
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            byte[] part = new byte[8192];
            int length;
            do {
                length = deflater.deflate(part, 0, part.length, Deflater.SYNC_FLUSH);
                packed.write(part, 0, length);
            } while (length == part.length);
            return packed.toByteArray();
        }

        private void corrupt() {
            WebSocket to = socket;
            if (to != null) {
                to.send(ByteString.of((byte) 1, (byte) 2, (byte) 3, (byte) 0, (byte) 0, (byte) 0xff, (byte) 0xff));
            }
        }

        private void end(int code) {
            leave();
            if (socket != null) {
                socket.close(code, null);
            }
        }

        private void cut() {
            leave();
            // The server's end of a WebSocket has no call that cancel() could end.
            if (socket instanceof RealWebSocket real) {
                real.failWebSocket(new IOException("cut by the test"), null, false);
            }
        }

        private void leave() {
            connections.remove(this);
            if (alarm != null) {
                alarm.cancel(false);
            }
            if (session != null && session.connection == this) {
                session.connection = null;
            }
        }

        @Override
        public void onClosing(WebSocket webSocket, int code, String reason) {
            synchronized (SimulatedGateway.this) {
                leave();
                if (session != null && (code == 1000 || code == 1001)) {
                    sessions.remove(session.id);
                }
            }
            webSocket.close(1000, null);
        }

        @Override
        public void onFailure(WebSocket webSocket, Throwable failure, okhttp3.@Nullable Response response) {
            synchronized (SimulatedGateway.this) {
                leave();
            }
        }
    }
}
