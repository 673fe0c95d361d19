package dev.triptych.discord;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's protocol as a pure state machine: an event and the time go in, actions come out. It holds no thread, no
 * socket and no clock, so every fault can be played on a fake one. Not thread-safe.
 *
 * <p>Times are milliseconds of one clock that never goes back.
 */
final class GatewayCore {

    /*
     * Life of a connection (Discord's documentation, events/gateway):
     *
     *   IDLE → WAITING → CONNECTING → (hello) → IDENTIFYING or RESUMING → (READY, RESUMED) → UP → (closed) → WAITING → …
     *
     * A session outlives its connections: session id, resume address and sequence number are kept until the gateway
     * calls the session invalid. The sequence number is stored before an event is handed on, and an event whose number
     * is not above the stored one was seen before and is dropped.
     */
    private enum Phase {
        IDLE,
        WAITING,
        CONNECTING,
        IDENTIFYING,
        RESUMING,
        UP,
        STOPPED
    }

    /** Discord disconnects beyond 120 payloads a minute; some of them are kept for heartbeats. */
    private static final int SENDS_PER_MINUTE = 115;

    private static final long MINUTE = 60_000;
    private static final long DAY = 24 * 60 * MINUTE;
    /** Discord resets the token of a bot that identifies more than 1000 times a day. */
    private static final int IDENTIFIES_PER_DAY = 900;
    /** After so many attempts without a hello, the resume address is taken for dead. */
    private static final int RESUME_ATTEMPTS = 3;
    /** After so many resumes without a connection that held, the session is taken for dead and begun anew. */
    private static final int MOST_RESUMES = 3;
    /** Closes the connection but keeps the session; 1000 and 1001 would end it. */
    private static final int KEEP_SESSION = 4000;

    private static final long NEVER = Long.MAX_VALUE;

    private final String token;
    private final int intents;
    private final GatewayTiming timing;
    private final RandomGenerator random;

    private final List<GatewayAction> actions = new ArrayList<>();
    private final Deque<String> outbox = new ArrayDeque<>();
    private final Deque<Long> sends = new ArrayDeque<>();
    private final Deque<Long> identifies = new ArrayDeque<>();

    private Phase phase = Phase.IDLE;
    private long connectAt = NEVER;
    private long phaseEnds = NEVER;
    private long identifyAt = NEVER;
    private long sessionsFrom;
    private int attempts;
    private int resumes;
    private long upSince = NEVER;

    private long heartbeatInterval = NEVER;
    private long nextHeartbeat = NEVER;
    private boolean awaitingAck;

    private @Nullable String sessionId;
    private @Nullable String resumeUrl;
    private long sequence = -1;

    GatewayCore(String token, int intents, GatewayTiming timing, RandomGenerator random) {
        this.token = token;
        this.intents = intents;
        this.timing = timing;
        this.random = random;
    }

    /** Takes one event at time {@code now}; returns what is to be done, in order. */
    List<GatewayAction> on(GatewayEvent event, long now) {
        actions.clear();
        if (phase != Phase.STOPPED) {
            handle(event, now);
            flush(now);
        }
        return List.copyOf(actions);
    }

    /** When the next {@link GatewayEvent.Tick} is due; {@link Long#MAX_VALUE} = never. */
    long wakeAt() {
        long wake = Math.min(Math.min(connectAt, phaseEnds), Math.min(identifyAt, nextHeartbeat));
        if (phase == Phase.UP && !outbox.isEmpty() && sends.size() >= SENDS_PER_MINUTE) {
            wake = Math.min(wake, sends.getFirst() + MINUTE);
        }
        return wake;
    }

    /** Whether a session is up and events flow. */
    boolean isUp() {
        return phase == Phase.UP;
    }

    private void handle(GatewayEvent event, long now) {
        if (event instanceof GatewayEvent.Frame frame) {
            onFrame(frame.payload(), now);
        } else if (event instanceof GatewayEvent.Closed closed) {
            onClosed(closed.code(), now);
        } else if (event instanceof GatewayEvent.Corrupt) {
            dropConnection(now, backoff());
        } else if (event instanceof GatewayEvent.Submit submit) {
            outbox.addLast(submit.payload());
        } else if (event instanceof GatewayEvent.SessionLimit limit) {
            sessionsFrom = limit.remaining() > 0 ? now : now + limit.resetAfterMillis();
        } else if (event instanceof GatewayEvent.Start && phase == Phase.IDLE) {
            connectIn(0, now);
        }
        onTime(now);
    }

    // What the gateway says.

    private void onFrame(JsonNode frame, long now) {
        switch (frame.path("op").asInt(-1)) {
            case 0 -> onDispatch(frame, now);
            case 1 -> heartbeat(now);
            case 7 -> dropConnection(now, soon(now));
            case 9 -> onInvalidSession(frame.path("d").asBoolean(false), now);
            case 10 -> onHello(frame.path("d").path("heartbeat_interval").asLong(45_000), now);
            case 11 -> awaitingAck = false;
            default -> {
                // Opcodes that are new or not for us carry nothing we need.
            }
        }
    }

    private void onHello(long interval, long now) {
        if (phase != Phase.CONNECTING) {
            return;
        }
        heartbeatInterval = Math.max(1, interval);
        nextHeartbeat = now + (long) (heartbeatInterval * random.nextDouble());
        awaitingAck = false;
        phaseEnds = now + timing.ready();
        if (resumes >= MOST_RESUMES) {
            forgetSession();
        }
        if (sessionId != null) {
            phase = Phase.RESUMING;
            resumes++;
            send(resume(sessionId).toString(), now);
        } else {
            phase = Phase.IDENTIFYING;
            identifyAt = earliestIdentify(now);
            phaseEnds = identifyAt + timing.ready();
        }
    }

    private void onDispatch(JsonNode frame, long now) {
        long number = frame.path("s").asLong(-1);
        if (number <= sequence) {
            return;
        }
        sequence = number;
        String type = frame.path("t").asText();
        JsonNode payload = frame.path("d");
        if (type.equals("READY")) {
            sessionId = payload.path("session_id").asText();
            resumeUrl = payload.path("resume_gateway_url").asText(null);
        }
        if (type.equals("READY") || type.equals("RESUMED")) {
            phase = Phase.UP;
            phaseEnds = NEVER;
            upSince = now;
        }
        actions.add(new GatewayAction.Deliver(type, payload));
    }

    private void onInvalidSession(boolean resumable, long now) {
        if (!resumable) {
            forgetSession();
        }
        dropConnection(now, timing.invalidSession() / 5 + (long) (random.nextDouble() * timing.invalidSession() * 0.8));
    }

    private void onClosed(int code, long now) {
        CloseCode meaning = CloseCode.of(code);
        if (meaning.then() == CloseCode.Then.STOP) {
            resetConnection();
            phase = Phase.STOPPED;
            connectAt = NEVER;
            actions.add(new GatewayAction.Stop(meaning, meaning.meaning()));
            return;
        }
        if (meaning.then() == CloseCode.Then.IDENTIFY) {
            forgetSession();
        }
        connectIn(soon(now), now);
    }

    // What time brings.

    private void onTime(long now) {
        if (connectAt <= now && phase == Phase.WAITING) {
            connect(now);
        }
        if (phaseEnds <= now) {
            dropConnection(now, backoff());
        }
        if (identifyAt <= now) {
            identify(now);
        }
        if (nextHeartbeat <= now) {
            if (awaitingAck) {
                dropConnection(now, soon(now));
            } else {
                heartbeat(now);
                awaitingAck = true;
                nextHeartbeat = now + heartbeatInterval;
            }
        }
    }

    private void connect(long now) {
        phase = Phase.CONNECTING;
        connectAt = NEVER;
        phaseEnds = now + timing.hello();
        if (attempts > RESUME_ATTEMPTS) {
            resumeUrl = null;
        }
        attempts++;
        actions.add(new GatewayAction.Connect(sessionId == null ? null : resumeUrl));
    }

    private void dropConnection(long now, long wait) {
        actions.add(new GatewayAction.Close(KEEP_SESSION));
        connectIn(wait, now);
    }

    private void connectIn(long wait, long now) {
        if (wasStable(now)) {
            attempts = 0;
            resumes = 0;
        }
        resetConnection();
        phase = Phase.WAITING;
        connectAt = now + wait;
    }

    private void resetConnection() {
        upSince = NEVER;
        phaseEnds = NEVER;
        identifyAt = NEVER;
        nextHeartbeat = NEVER;
        heartbeatInterval = NEVER;
        awaitingAck = false;
        sends.clear();
    }

    private void forgetSession() {
        sessionId = null;
        resumeUrl = null;
        sequence = -1;
        resumes = 0;
    }

    /** At once after a connection that held; else as the back-off says, so that a flapping one does no harm. */
    private long soon(long now) {
        return wasStable(now) ? 0 : backoff();
    }

    private boolean wasStable(long now) {
        return upSince != NEVER && now - upSince >= timing.stable();
    }

    /** Doubles with each attempt in a row; half of it is chance, so that many clients do not come back at once. */
    private long backoff() {
        if (attempts == 0) {
            return 0;
        }
        long full = Math.min(timing.backoffMost(), timing.backoffFirst() << Math.min(attempts - 1, 20));
        return full / 2 + (long) (random.nextDouble() * full / 2);
    }

    // What we say.

    private long earliestIdentify(long now) {
        while (!identifies.isEmpty() && identifies.getFirst() + DAY <= now) {
            identifies.removeFirst();
        }
        long earliest = Math.max(now, sessionsFrom);
        if (!identifies.isEmpty()) {
            earliest = Math.max(earliest, identifies.getLast() + timing.identifySpacing());
        }
        if (identifies.size() >= IDENTIFIES_PER_DAY) {
            earliest = Math.max(earliest, identifies.getFirst() + DAY);
        }
        return earliest;
    }

    private void identify(long now) {
        identifyAt = NEVER;
        phaseEnds = now + timing.ready();
        identifies.addLast(now);
        sequence = -1;
        send(identify().toString(), now);
    }

    private ObjectNode identify() {
        ObjectNode frame = frame(2);
        ObjectNode body = frame.putObject("d");
        body.put("token", token).put("intents", intents);
        body.putObject("properties")
                .put("os", System.getProperty("os.name", "unknown"))
                .put("browser", "triptych")
                .put("device", "triptych");
        return frame;
    }

    private ObjectNode resume(String session) {
        ObjectNode frame = frame(6);
        frame.putObject("d").put("token", token).put("session_id", session).put("seq", Math.max(0, sequence));
        return frame;
    }

    private void heartbeat(long now) {
        ObjectNode frame = frame(1);
        if (sequence < 0) {
            frame.putNull("d");
        } else {
            frame.put("d", sequence);
        }
        send(frame.toString(), now);
    }

    private void flush(long now) {
        while (phase == Phase.UP && !outbox.isEmpty()) {
            while (!sends.isEmpty() && sends.getFirst() + MINUTE <= now) {
                sends.removeFirst();
            }
            if (sends.size() >= SENDS_PER_MINUTE) {
                return;
            }
            send(outbox.removeFirst(), now);
        }
    }

    private void send(String payload, long now) {
        sends.addLast(now);
        actions.add(new GatewayAction.Send(payload));
    }

    private static ObjectNode frame(int opcode) {
        return JsonNodeFactory.instance.objectNode().put("op", opcode);
    }

    /** The phase only: everything else is close to the token. */
    @Override
    public String toString() {
        return "GatewayCore[" + phase + "]";
    }
}
