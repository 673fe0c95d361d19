package dev.triptych.diffusion.hub;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long to wait before the next of a few tries: 1 s, doubling to 8 s, or what the server asks for in
 * {@code RateLimit} or {@code Retry-After}. Serves one request; not thread-safe.
 */
final class Backoff {

    /** More than this is nobody's patience; the hub's windows are 300 s. */
    static final Duration MOST = Duration.ofMinutes(6);

    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final int DOUBLINGS = 3;
    private static final Pattern RATE_LIMIT = Pattern.compile("(?:^|;)\\s*t=(\\d{1,6})");

    private int used;

    /** Whether another try is left. */
    boolean hasMore() {
        return used < HubHttp.RETRIES;
    }

    /** All tries are left again: something went right. */
    void reset() {
        used = 0;
    }

    /** The wait before the next try. */
    Duration next() {
        return FIRST.multipliedBy(1L << Math.min(used++, DOUBLINGS));
    }

    /** The wait that {@code response} asks for, else the usual. */
    Duration next(HttpResponse<?> response) {
        Duration usual = next();
        return asked(response)
                .map(wait -> wait.compareTo(MOST) > 0 ? MOST : wait)
                .orElse(usual);
    }

    /** The wait that {@code response} asks for: {@code RateLimit: "api";r=0;t=55}, else {@code Retry-After: 55}. */
    static Optional<Duration> asked(HttpResponse<?> response) {
        Optional<String> limit = response.headers().firstValue("RateLimit");
        if (response.statusCode() == 429 && limit.isPresent()) {
            Matcher matcher = RATE_LIMIT.matcher(limit.get());
            if (matcher.find()) {
                return Optional.of(Duration.ofSeconds(Long.parseLong(matcher.group(1)) + 1));
            }
        }
        return response.headers()
                .firstValue("Retry-After")
                .map(String::strip)
                .filter(text -> text.matches("\\d{1,6}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    }
}
