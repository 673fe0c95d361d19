package dev.triptych.config;

import dev.triptych.config.SettingValue.Kind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads numbers with a unit. Whatever a text holds, it is read or refused; nothing wraps around. */
final class SettingUnits {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,30})\\s*(B|KiB|MiB|GiB)?");
    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,30})\\s*(ms|s|m|h|d)");

    private SettingUnits() {}

    /**
     * A time such as {@code 30s}, {@code 250ms} or {@code PT30S}.
     *
     * @throws IllegalArgumentException if {@code text} is none
     * @throws ArithmeticException if it is longer than 292 years
     */
    static Duration duration(String text) {
        Matcher matcher = SHORT_DURATION.matcher(text.strip());
        try {
            // Nanoseconds in a long, as much of Java counts them, end after 292 years.
            return matcher.matches()
                    ? Duration.ofNanos(new BigInteger(matcher.group(1))
                            .multiply(BigInteger.valueOf(nanos(matcher.group(2))))
                            .longValueExact())
                    : Duration.ofNanos(Duration.parse(text.strip()).toNanos());
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("no time", e);
        }
    }

    private static long nanos(String unit) {
        Duration one = switch (unit) {
            case "ms" -> Duration.ofMillis(1);
            case "s" -> Duration.ofSeconds(1);
            case "m" -> Duration.ofMinutes(1);
            case "h" -> Duration.ofHours(1);
            default -> Duration.ofDays(1);
        };
        return one.toNanos();
    }

    /**
     * A number of bytes such as {@code 256MiB} or {@code 1024}.
     *
     * @throws IllegalArgumentException if {@code text} is none
     * @throws ArithmeticException if it is more than a long holds
     */
    static long bytes(String text) {
        Matcher matcher = SIZE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("no size");
        }
        int shift = switch (matcher.group(2) == null ? "B" : matcher.group(2)) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            default -> 0;
        };
        return new BigInteger(matcher.group(1)).shiftLeft(shift).longValueExact();
    }

    /**
     * A number of {@code kind} in its smallest unit: bytes, nanoseconds, or itself.
     *
     * @throws IllegalArgumentException if {@code text} is no such number
     * @throws ArithmeticException if it is beyond every range
     */
    static BigDecimal amount(Kind kind, String text) {
        return switch (kind) {
            case DURATION -> BigDecimal.valueOf(duration(text).toNanos());
            case BYTES -> BigDecimal.valueOf(bytes(text));
            case INTEGER -> new BigDecimal(new BigInteger(text.strip()));
            default -> new BigDecimal(text.strip());
        };
    }
}
