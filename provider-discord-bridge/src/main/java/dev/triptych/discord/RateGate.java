package dev.triptych.discord;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Lets REST calls through as fast as Discord's own headers allow, and no faster. No limit is built in: until a bucket's
 * first answer, one call at a time goes through. Thread-safe.
 *
 * <p>Headers: {@code X-RateLimit-Limit}, {@code -Remaining}, {@code -Reset-After} (seconds), {@code -Bucket}; on a 429
 * {@code Retry-After}, {@code -Global} and {@code -Scope} (Discord's documentation, "Rate Limits").
 */
final class RateGate {

    /**
     * Discord bans an address for a while at 10 000 refused calls in 10 minutes; this is the place to stop and think.
     */
    private static final int MOST_REFUSALS = 5_000;

    private static final long REFUSAL_WINDOW = 600_000;

    private final MonotonicTime time;
    private final Map<String, String> bucketOfTemplate = new HashMap<>();
    private final Map<String, Bucket> buckets = new HashMap<>();
    private final Deque<Long> refusals = new ArrayDeque<>();
    private long globalUntil = Long.MIN_VALUE;

    RateGate(MonotonicTime time) {
        this.time = time;
    }

    /**
     * Waits until {@code route} may be called, for as long as {@code scope} wants it.
     *
     * @throws RestFailure if that is after the deadline, nobody wants it any more, or too many calls were refused of
     *     late
     */
    void enter(Route route, CallScope scope) throws RestFailure {
        while (true) {
            scope.checkWanted(route.toString());
            long wait = tryEnter(route);
            if (wait <= 0) {
                return;
            }
            if (time.millis() + wait > scope.deadline()) {
                throw new RestFailure(
                        RestFailure.Kind.LIMITED,
                        route + " must wait " + wait + " ms for its rate limit but the deadline is before that",
                        429,
                        -1,
                        wait);
            }
            scope.sleep(time, wait, route.toString());
        }
    }

    private synchronized long tryEnter(Route route) throws RestFailure {
        long now = time.millis();
        checkRefusals(now);
        if (route.counted() && globalUntil > now) {
            return globalUntil - now;
        }
        Bucket bucket = bucket(route);
        long wait = bucket.waitAt(now);
        if (wait <= 0) {
            bucket.inFlight++;
            bucket.remaining--;
        }
        return wait;
    }

    private void checkRefusals(long now) throws RestFailure {
        while (!refusals.isEmpty() && refusals.getFirst() + REFUSAL_WINDOW <= now) {
            refusals.removeFirst();
        }
        if (refusals.size() >= MOST_REFUSALS) {
            throw new RestFailure(
                    RestFailure.Kind.LIMITED,
                    "Discord must not refuse more than " + MOST_REFUSALS + " calls in 10 minutes but did; waiting",
                    429,
                    -1,
                    refusals.getFirst() + REFUSAL_WINDOW - now);
        }
    }

    /** Learns from an answer to {@code route}. */
    synchronized void answered(Route route, int status, Headers headers) {
        long now = time.millis();
        String hash = headers.get("X-RateLimit-Bucket");
        Bucket bucket = bucket(route);
        bucket.inFlight = Math.max(0, bucket.inFlight - 1);
        if (hash != null && !hash.equals(bucketOfTemplate.put(key(route), hash))) {
            int inFlight = bucket.inFlight;
            bucket = bucket(route);
            bucket.inFlight = Math.max(bucket.inFlight, inFlight);
        }
        bucket.learn(headers, now);
        boolean shared = "shared".equalsIgnoreCase(headers.get("X-RateLimit-Scope"));
        if (status == 401 || status == 403 || (status == 429 && !shared)) {
            refusals.addLast(now);
        }
    }

    /** A call to {@code route} ended without an answer. */
    synchronized void unanswered(Route route) {
        Bucket bucket = bucket(route);
        bucket.inFlight = Math.max(0, bucket.inFlight - 1);
        bucket.lookAgainAfterReset(time.millis());
    }

    /** Discord asked to wait: on this bucket, or on everything. */
    synchronized void limited(Route route, long retryAfterMillis, boolean global) {
        long until = time.millis() + Math.max(1, retryAfterMillis);
        if (global) {
            globalUntil = Math.max(globalUntil, until);
            return;
        }
        Bucket bucket = bucket(route);
        bucket.remaining = 0;
        bucket.resetAt = Math.max(bucket.resetAt, until);
    }

    private static String key(Route route) {
        return route.method() + " " + route.template();
    }

    private Bucket bucket(Route route) {
        String name = bucketOfTemplate.getOrDefault(key(route), key(route));
        String key = name + "|" + route.major();
        Bucket bucket = buckets.get(key);
        if (bucket == null) {
            forgetOldBuckets();
            bucket = new Bucket();
            buckets.put(key, bucket);
        }
        return bucket;
    }

    /** Interactions have a bucket each; they must not pile up. */
    private void forgetOldBuckets() {
        long now = time.millis();
        if (buckets.size() >= 1000) {
            buckets.values().removeIf(old -> old.inFlight == 0 && old.resetAt <= now);
        }
    }

    private static final class Bucket {
        /** How long one call holds up others while nothing is known. */
        private static final long LOOK_AGAIN = 5;

        private static final int UNKNOWN = 0;
        /** The server sends no such headers. */
        private static final int NONE = -1;

        private int limit = UNKNOWN;
        private int remaining = 1;
        private int inFlight;
        private long resetAt = Long.MIN_VALUE;

        private long waitAt(long now) {
            if (limit == UNKNOWN || limit == NONE) {
                if (resetAt > now) {
                    return resetAt - now;
                }
                return limit == NONE || inFlight == 0 ? 0 : LOOK_AGAIN;
            }
            if (resetAt <= now) {
                remaining = Math.max(1, limit - inFlight);
                resetAt = Long.MAX_VALUE;
            }
            if (remaining > 0) {
                return 0;
            }
            return resetAt == Long.MAX_VALUE ? LOOK_AGAIN : resetAt - now;
        }

        /** A new window has begun, but the call that would have told its end brought no news. */
        private void lookAgainAfterReset(long now) {
            if (resetAt == Long.MAX_VALUE) {
                resetAt = now;
            }
        }

        private void learn(Headers headers, long now) {
            Double newLimit = number(headers, "X-RateLimit-Limit");
            Double left = number(headers, "X-RateLimit-Remaining");
            Double resetAfter = number(headers, "X-RateLimit-Reset-After");
            if (newLimit == null || left == null || resetAfter == null) {
                limit = limit == UNKNOWN ? NONE : limit;
                lookAgainAfterReset(now);
                return;
            }
            limit = Math.max(1, newLimit.intValue());
            resetAt = now + (long) Math.ceil(resetAfter * 1000);
            remaining = Math.max(0, left.intValue() - inFlight);
        }
    }

    static @Nullable Double number(Headers headers, String name) {
        String text = headers.get(name);
        if (text == null) {
            return null;
        }
        try {
            return Double.valueOf(text.strip());
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
