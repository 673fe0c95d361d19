package dev.triptych.discord;

import java.time.Instant;

/**
 * Discord's ids: 64 bits, the upper 42 of which are milliseconds since the first second of 2015. They grow with time
 * and travel as text.
 */
final class Snowflake {

    private static final long EPOCH = 1_420_070_400_000L;
    private static final int TIME_SHIFT = 22;

    private Snowflake() {}

    /** The smallest id of {@code moment}, for {@code after=} and {@code before=}. */
    static String at(Instant moment) {
        return Long.toString(Math.max(0, moment.toEpochMilli() - EPOCH) << TIME_SHIFT);
    }

    /** Whether {@code text} is an id. */
    static boolean isId(String text) {
        return !text.isEmpty() && text.length() <= 20 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** Orders ids by age. */
    static int compare(String a, String b) {
        return Long.compareUnsigned(Long.parseUnsignedLong(a), Long.parseUnsignedLong(b));
    }
}
