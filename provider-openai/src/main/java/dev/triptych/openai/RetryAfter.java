package dev.triptych.openai;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How long a server asks to wait, by whichever header it says so. */
final class RetryAfter {

    /** A longer wait is no wait but a mistake. */
    private static final double MAX_SECONDS = 7 * 24 * 3600;

    /** Go's spelling of a duration, such as {@code 6m0s} or {@code 1.5s}. */
    private static final Pattern GO_DURATION =
            Pattern.compile("(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+(?:\\.\\d+)?)s)?(?:(\\d+(?:\\.\\d+)?)ms)?");

    private RetryAfter() {}

    /**
     * The wait that {@code answer} asks for: {@code retry-after-ms}, else {@code retry-after} in seconds or as a date,
     * else the longest {@code x-ratelimit-reset-*} of a limit with nothing remaining.
     */
    static Optional<Duration> of(ApiAnswer answer, Clock clock) {
        return answer.header("retry-after-ms")
                .flatMap(text -> seconds(text, 0.001))
                .or(() -> answer.header("retry-after")
                        .flatMap(text -> seconds(text, 1).or(() -> date(text, clock))))
                .or(() -> Stream.of("requests", "tokens", "images")
                        .filter(kind -> answer.header("x-ratelimit-remaining-" + kind)
                                .filter(left -> left.strip().equals("0"))
                                .isPresent())
                        .flatMap(kind -> answer
                                .header("x-ratelimit-reset-" + kind)
                                .flatMap(text -> seconds(text, 1).or(() -> goDuration(text)))
                                .stream())
                        .max(Duration::compareTo));
    }

    /** {@code amount} seconds, where that is a sensible wait. */
    static Optional<Duration> ofSeconds(double amount) {
        return amount >= 0 && amount <= MAX_SECONDS
                ? Optional.of(Duration.ofMillis(Math.round(amount * 1000)))
                : Optional.empty();
    }

    private static Optional<Duration> seconds(String text, double unit) {
        try {
            return ofSeconds(Double.parseDouble(text.strip()) * unit);
        } catch (NumberFormatException e) {
            return Optional.empty(); // not a number: another spelling, or none
        }
    }

    private static Optional<Duration> date(String text, Clock clock) {
        try {
            ZonedDateTime then = ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME);
            long millis = Duration.between(clock.instant(), then.toInstant()).toMillis();
            return ofSeconds(Math.max(0, millis) / 1000.0);
        } catch (DateTimeException e) {
            return Optional.empty(); // not a date either: the server says nothing that can be used
        }
    }

    private static Optional<Duration> goDuration(String text) {
        Matcher matcher = GO_DURATION.matcher(text.strip());
        if (text.isBlank() || !matcher.matches()) {
            return Optional.empty();
        }
        return ofSeconds(part(matcher.group(1)) * 3600
                + part(matcher.group(2)) * 60
                + part(matcher.group(3))
                + part(matcher.group(4)) / 1000);
    }

    private static double part(@Nullable String digits) {
        return digits == null ? 0 : Double.parseDouble(digits);
    }
}
