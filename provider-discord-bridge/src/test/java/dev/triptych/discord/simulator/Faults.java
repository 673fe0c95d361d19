package dev.triptych.discord.simulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/**
 * What goes wrong, and when: ordered for the next call or event of a kind, or drawn at random from a seed. Thread-safe.
 */
public final class Faults {

    /** Where something can go wrong. */
    public enum Place {
        /** POST of a message. */
        POST_MESSAGE,
        /** Any other REST call. */
        OTHER_REST,
        /** Download of an attachment. */
        CDN,
        /** An event on its way to a session. */
        EVENT,
        /** A new gateway connection. */
        CONNECT,
        /** A resume. */
        RESUME,
        /** An identify. */
        IDENTIFY,
        /** A heartbeat. */
        HEARTBEAT
    }

    /** What goes wrong. */
    public enum Fault {
        NONE,
        /** REST: HTTP 500, nothing done. */
        ERROR_BEFORE,
        /** REST: done, but HTTP 502. */
        ERROR_AFTER,
        /** REST: nothing done, connection closed. */
        SILENCE_BEFORE,
        /** REST: done, connection closed. */
        SILENCE_AFTER,
        /** REST: done, but the answer comes late. */
        SLOW_AFTER,
        /** REST: 429 of this user. */
        LIMITED_USER,
        /** REST: 429 of this user, for a minute. */
        LIMITED_LONG,
        /** REST: 429 of the channel, shared with others. */
        LIMITED_SHARED,
        /** REST: 429 over everything. */
        LIMITED_GLOBAL,
        /** REST: 429 as a page of HTML, without {@code via}. */
        LIMITED_CLOUDFLARE,
        /** REST: 401. */
        UNAUTHORIZED,
        /** REST: 403, code 50013. */
        FORBIDDEN,
        /** REST: 404, code 10003. */
        CHANNEL_GONE,
        /** REST: 413, code 40005. */
        TOO_LARGE,
        /** CDN: 404. */
        NOT_FOUND,
        /** CDN: 403, as for an expired link. */
        EXPIRED,
        /** CDN: half of the bytes. */
        TRUNCATED,
        /** CDN: no byte. */
        EMPTY,
        /** CDN: a page of HTML. */
        WRONG_TYPE,
        /** CDN: a redirect to another host. */
        REDIRECT,
        /** CDN: many more bytes than announced. */
        HUGE,
        /** CDN: half of the bytes, then nothing more. */
        STALLED,
        /** CDN: one byte after the other, each in time, all of them much too late. */
        DRIPPING,
        /** EVENT: sent twice. */
        TWICE,
        /** EVENT: never sent to anybody, as if it had not happened; only REST knows of it. */
        LOST,
        /** EVENT: sent after the next one. */
        LATE,
        /** EVENT: the connection breaks before it is sent; a resume brings it. */
        DROP,
        /** EVENT: the connection breaks and the session is forgotten. */
        DROP_SESSION,
        /** EVENT: op 7 before it. */
        RECONNECT,
        /** EVENT: op 9, d = true, before it. */
        INVALID_RESUMABLE,
        /** EVENT: op 9, d = false, before it. */
        INVALID,
        /** EVENT: the zlib stream breaks. */
        CORRUPT,
        /** EVENT: without its content, as for a bot that may not read it. */
        BLANK,
        /** CONNECT: closed at once. CONNECT and IDENTIFY: op 7 in place of the answer. */
        CLOSED,
        /** HEARTBEAT: no answer. */
        NO_ACK
    }

    private final Map<Place, Deque<Fault>> ordered = new EnumMap<>(Place.class);
    private final Map<Place, Fault[]> drawn = new EnumMap<>(Place.class);
    private final Map<Fault, Integer> happened = new EnumMap<>(Fault.class);
    private Random random = new Random(0);
    private double probability;

    /** Faults of every place, each with {@code probability} for each occasion, the same for the same seed. */
    public synchronized void random(long seed, double probability) {
        this.random = new Random(seed);
        this.probability = probability;
        drawn.put(Place.POST_MESSAGE, new Fault[] {
            Fault.ERROR_BEFORE,
            Fault.ERROR_AFTER,
            Fault.SILENCE_BEFORE,
            Fault.SILENCE_AFTER,
            Fault.LIMITED_USER,
            Fault.LIMITED_SHARED,
            Fault.LIMITED_GLOBAL
        });
        drawn.put(Place.OTHER_REST, new Fault[] {
            Fault.ERROR_BEFORE, Fault.SILENCE_BEFORE, Fault.SILENCE_AFTER, Fault.LIMITED_USER, Fault.LIMITED_GLOBAL
        });
        drawn.put(Place.CDN, new Fault[] {Fault.NOT_FOUND, Fault.EXPIRED, Fault.TRUNCATED, Fault.EMPTY, Fault.WRONG_TYPE
        });
        drawn.put(Place.EVENT, new Fault[] {
            Fault.TWICE,
            Fault.TWICE,
            Fault.LOST,
            Fault.LOST,
            Fault.LATE,
            Fault.LATE,
            Fault.DROP,
            Fault.DROP_SESSION,
            Fault.RECONNECT,
            Fault.INVALID_RESUMABLE,
            Fault.INVALID,
            Fault.CORRUPT
        });
        drawn.put(Place.CONNECT, new Fault[] {Fault.CLOSED, Fault.RECONNECT});
        drawn.put(Place.RESUME, new Fault[] {Fault.INVALID, Fault.CLOSED});
        drawn.put(Place.HEARTBEAT, new Fault[] {Fault.NO_ACK});
    }

    /** From now on nothing goes wrong by chance. */
    public synchronized void calm() {
        probability = 0;
    }

    /** The next occasions at {@code place} go wrong in this way, one after the other. */
    public synchronized void next(Place place, Fault... faults) {
        for (Fault fault : faults) {
            ordered.computeIfAbsent(place, unused -> new ArrayDeque<>()).addLast(fault);
        }
    }

    /** How often each fault has happened. */
    public synchronized Map<Fault, Integer> happened() {
        return new EnumMap<>(happened);
    }

    synchronized Fault at(Place place) {
        Fault fault = draw(place);
        if (fault != Fault.NONE) {
            happened.merge(fault, 1, Integer::sum);
        }
        return fault;
    }

    private Fault draw(Place place) {
        Deque<Fault> first = ordered.get(place);
        if (first != null && !first.isEmpty()) {
            return first.removeFirst();
        }
        Fault[] choice = drawn.get(place);
        if (choice == null || probability <= 0 || random.nextDouble() >= probability) {
            return Fault.NONE;
        }
        return choice[random.nextInt(choice.length)];
    }
}
