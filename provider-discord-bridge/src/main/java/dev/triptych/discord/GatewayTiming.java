package dev.triptych.discord;

import java.time.Duration;

/**
 * How long the gateway's life cycle may take, in milliseconds.
 *
 * @param hello from the start of a connection to the gateway's hello
 * @param ready from identify or resume to READY or RESUMED
 * @param backoffFirst the wait before the second attempt in a row; it doubles from there
 * @param backoffMost the longest wait between attempts
 * @param stable a connection that lived this long sets the back-off to its beginning
 * @param identifySpacing between two identifies: Discord allows {@code max_concurrency} each 5 s
 * @param invalidSession the longest wait after an invalid session; Discord asks for 1 to 5 s at random
 */
record GatewayTiming(
        long hello,
        long ready,
        long backoffFirst,
        long backoffMost,
        long stable,
        long identifySpacing,
        long invalidSession) {

    /** What Discord's documentation asks for. */
    static GatewayTiming standard() {
        return new GatewayTiming(
                Duration.ofSeconds(20).toMillis(),
                Duration.ofSeconds(30).toMillis(),
                Duration.ofSeconds(1).toMillis(),
                Duration.ofMinutes(1).toMillis(),
                Duration.ofSeconds(30).toMillis(),
                Duration.ofSeconds(5).toMillis(),
                Duration.ofSeconds(5).toMillis());
    }
}
