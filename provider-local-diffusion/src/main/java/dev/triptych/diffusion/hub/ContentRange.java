package dev.triptych.diffusion.hub;

import java.net.http.HttpHeaders;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header {@code Content-Range}, by which alone it is decided whether a server sent the range that was asked for:
 * some mirrors send one with status 200, and some send status 206 for something else. Immutable.
 *
 * @param start the first byte; -1 where there is none ({@code bytes *}{@code /N})
 * @param end the last byte
 * @param total bytes of the whole; -1 where the server does not say
 */
record ContentRange(long start, long end, long total) {

    private static final Pattern VALUE =
            Pattern.compile("bytes\\s+(?:(\\d{1,18})-(\\d{1,18})|\\*)/(?:(\\d{1,18})|\\*)", Pattern.CASE_INSENSITIVE);

    /** The header of an answer, if it has one that can be read. */
    static Optional<ContentRange> of(HttpHeaders headers) {
        return headers.firstValue("Content-Range")
                .map(VALUE::matcher)
                .filter(Matcher::matches)
                .map(match -> new ContentRange(number(match.group(1)), number(match.group(2)), number(match.group(3))));
    }

    private static long number(String digits) {
        return digits == null ? -1 : Long.parseLong(digits);
    }
}
